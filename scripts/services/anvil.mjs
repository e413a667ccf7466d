// A local Ethereum chain that mines by itself, for `npm start`.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot, SetupError } from '../setup.mjs';

const blockTimeSeconds = 2;
/** Makes `safe` 4 blocks old and `finalized` 8: quick to see, and a reorg of a few blocks still fits below it. */
const slotsInAnEpoch = 4;
const startDeadlineMs = 30_000;
/** Enough of what it said last to explain why it did not start. */
const keptOutputLines = 20;

/**
 * Starts anvil on a free port and waits until it listens.
 * @returns {Promise<{ port: number, ended: Promise<void>, stop: () => void }>} `ended` settles when
 *   anvil ends without having been stopped
 */
export async function startLocalChain(environment) {
  const program = join(repositoryRoot, 'node_modules', '.bin', 'anvil');
  if (!existsSync(program)) throw new SetupError(withoutAnvil('its npm package is not installed'));
  const anvilArguments = [
    '--port',
    '0',
    '--block-time',
    `${blockTimeSeconds}`,
    '--slots-in-an-epoch',
    `${slotsInAnEpoch}`,
  ];
  const child = spawn(program, anvilArguments, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let stopped = false;
  const ended = new Promise((resolve) => {
    child.once('close', () => {
      if (!stopped) resolve();
    });
  });
  // Until it listens nobody else knows of it, so an order to stop has to reach it from here.
  const abort = () => {
    child.kill('SIGTERM');
    process.exit(1);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, abort);
  const port = await listeningPort(child).finally(() => {
    for (const signal of signals) process.off(signal, abort);
  });
  return {
    port,
    ended,
    stop: () => {
      stopped = true;
      child.kill('SIGTERM');
    },
  };
}

function listeningPort(child) {
  const lastLines = [];
  return new Promise((resolve, reject) => {
    const fail = (reason) => {
      clearTimeout(deadline);
      child.kill('SIGKILL');
      reject(new SetupError(`${withoutAnvil(reason)}\n${lastLines.join('\n')}`));
    };
    const deadline = setTimeout(() => fail(`it did not listen within ${startDeadlineMs / 1000} s`), startDeadlineMs);
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => fail(`it ended with exit code ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > keptOutputLines) lastLines.shift();
        const listening = /^Listening on \S+:(\d+)$/.exec(line.trim());
        if (!listening) return;
        clearTimeout(deadline);
        resolve(Number(listening[1]));
      });
    }
  });
}

function withoutAnvil(reason) {
  return (
    `The local chain (anvil) cannot be started on ${process.platform} ${process.arch}: ${reason}.\n` +
    'Follow a chain of your own instead: npm start -- --chain ethereum=https://RPC-URL,wss://RPC-URL'
  );
}
