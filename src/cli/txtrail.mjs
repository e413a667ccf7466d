#!/usr/bin/env node
// The entry of the command. Plain JavaScript, because the Node that finds it may be too old for the
// TypeScript sources: then the Node that npm installed beside them takes over, or one line says what to do.

import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first Node that runs TypeScript as it is, without a flag or a warning. */
const neededMajor = 24;
const root = dirname(dirname(dirname(realpathSync(fileURLToPath(import.meta.url)))));
const modules = join(root, 'node_modules');

if (Number.parseInt(process.versions.node, 10) >= neededMajor) await runHere();
else runThere();

/** Compiled code is kept beside the packages, so that every start but the first skips the compiler. */
async function runHere() {
  if (!existsSync(join(modules, '@txtrail'))) refuse(`The packages of ${root} are not installed`);
  nodeModule.enableCompileCache(join(modules, '.cache', 'txtrail'));
  await import('./main.ts');
}

function runThere() {
  const other = join(modules, '.bin', 'node');
  const isHere = existsSync(other) && realpathSync(other) === realpathSync(process.execPath);
  if (!existsSync(other) || isHere)
    refuse(`This is Node ${process.versions.node}; TxTrail runs on Node ${neededMajor}`);
  const child = spawn(other, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends its interrupt to the whole group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('error', (error) => refuse(`The Node in ${modules} does not start (${error.message})`));
  child.once('close', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function refuse(what) {
  process.stderr.write(
    `txtrail: ${what}. Run npm ci in ${root}: it brings Node ${neededMajor} along. Or install Node ${neededMajor} yourself.\n`,
  );
  process.exit(1);
}
