// npm start: the sandbox, with lines to try; or, given a chain or a configuration, TxTrail over that.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureDashboard } from './build-dashboard.mjs';
import { runMain, repositoryRoot, setUp } from './setup.mjs';
import { tourLines } from './tour.mjs';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

await runMain(async () => {
  const given = process.argv.slice(2);
  const namesOwnChain =
    given.some((argument) => /^--(chain|config|role|help)(=|$)|^-h$/.test(argument)) ||
    Boolean(process.env.TXTRAIL_CHAIN || process.env.TXTRAIL_CONFIG);
  if (!namesOwnChain && given.some((argument) => /^--data(=|$)/.test(argument))) return refuseData();
  const { node, environment } = await setUp();
  await ensureDashboard(environment);
  return namesOwnChain ? startTracker(node, given, environment) : startSandbox(node, given, environment);
});

/** Data about a chain that is gone at the next start would be of no use to anybody. */
function refuseData() {
  console.error(
    '--data: the chain of the sandbox is a new one at every start, so nothing is kept of it. To keep data, name a chain that lasts:\n' +
      '  npm start -- --data DIR --chain NAME=URL,URL     or     npm start -- --data DIR --config examples/local.yaml',
  );
  return 2;
}

async function startTracker(node, given, environment) {
  const tracker = spawn(node, [join('src', 'cli', 'txtrail.mjs'), 'start', ...given], {
    cwd: repositoryRoot,
    env: environment,
    stdio: 'inherit',
  });
  return exitCodeOf(tracker);
}

async function startSandbox(node, given, environment) {
  const sandbox = spawn(node, [join('src', 'cli', 'txtrail.mjs'), 'sandbox', ...given], {
    cwd: repositoryRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: sandbox.stdout }).on('line', (line) => {
    console.log(line);
    const ready = /^txtrail ready (http\S+)/.exec(line);
    if (ready) printTour(ready[1]).catch((error) => console.error(`The tour cannot be shown: ${error.message}`));
  });
  return exitCodeOf(sandbox);
}

/** The key and the chain's address, from the sandbox itself. */
async function printTour(tracker) {
  const { key } = await answerOf(`${tracker}/sandbox/session`);
  const { rpcUrl } = await answerOf(`${tracker}/sandbox`, { authorization: `Bearer ${key}` });
  console.log(tourLines({ tracker, rpc: rpcUrl }));
}

async function answerOf(url, headers = {}) {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} was answered ${response.status}`);
  return response.json();
}

/** Waits for the end of a child, handing on the signals that only this process was sent. */
function exitCodeOf(child) {
  let wasAskedToStop = false;
  const forward = (signal) => {
    wasAskedToStop = true;
    // A terminal sends its interrupt to the whole group: the child has it already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      if (signal !== null && !wasAskedToStop) console.error(`TxTrail was ended by ${signal}.`);
      resolve(code ?? 1);
    });
  });
}
