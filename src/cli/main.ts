#!/usr/bin/env node
import { exitCodes } from './command-output.ts';
import { processTerminal } from './process-terminal.ts';
import { runCommand } from './run-command.ts';

// A reader that has enough, such as head, ends us as SIGPIPE would; what stderr cannot take is lost in silence.
process.stdout.on('error', () => process.exit(exitCodes.outputClosed));
process.stderr.on('error', () => undefined);

const exitCode = await runCommand(process.argv.slice(2), processTerminal());
// Everything is handed over before the end; then a handle that somebody forgot must not keep the process alive.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(exitCode);
