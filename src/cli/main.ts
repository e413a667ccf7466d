#!/usr/bin/env node
import { runCommand } from './run-command.ts';

const exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// A handle that somebody forgot must not keep a drained process alive.
process.exit(exitCode);
