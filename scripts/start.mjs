// npm start: TxTrail over a local chain that mines, with the curl lines to try; or, given a chain
// or a configuration, over that.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runMain, repositoryRoot, setUp } from './setup.mjs';
import { startLocalChain } from './services/anvil.mjs';
import { tourLines } from './tour.mjs';

const dataFolder = join(repositoryRoot, 'txtrail-data');
const localChain = 'eip155:31337';
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** An interrupt reaches the chain and this process at once, in no certain order. */
const stopGraceMs = 300;

await runMain(async () => {
  const given = process.argv.slice(2);
  const namesOwnChain =
    given.some((argument) => /^--(chain|config|role|help)(=|$)|^-h$/.test(argument)) ||
    Boolean(process.env.TXTRAIL_CHAIN || process.env.TXTRAIL_CONFIG);
  if (!namesOwnChain && given.some((argument) => /^--data(=|$)/.test(argument))) return refuseData();
  const { node, environment } = await setUp();
  return namesOwnChain ? startTracker(node, given, environment) : startOverLocalChain(node, given, environment);
});

/** Data about a chain that is gone at the next start would be of no use to anybody. */
function refuseData() {
  console.error(
    '--data: the local chain is a new one at every start, so nothing is kept of it. To keep data, name a chain that lasts:\n' +
      '  npm start -- --data DIR --chain NAME=URL,URL     or     npm start -- --data DIR --config examples/local.yaml',
  );
  return 2;
}

async function startTracker(node, given, environment) {
  const tracker = spawn(node, [join('src', 'cli', 'main.ts'), 'start', ...given], {
    cwd: repositoryRoot,
    env: environment,
    stdio: 'inherit',
  });
  return exitCodeOf(tracker, watchForStop(), 'TxTrail was ended by');
}

async function startOverLocalChain(node, given, environment) {
  const key = environment.TXTRAIL_API_KEY || localKey();
  console.log('Starting a local chain (anvil, a block every 2 s). --chain NAME=URL,URL follows a real one instead.');
  const chain = await startLocalChain(environment);
  // The local chain lives in memory and is another one at each start, so what was logged about the
  // last one is of no use: each run has a folder of its own and takes it away when it ends.
  removeLeftFolders();
  const runFolder = join(dataFolder, `local-${process.pid}`);
  const url = `127.0.0.1:${chain.port}`;
  const options = ['--config', join('examples', 'local.yaml'), '--chain', `${localChain}=http://${url},ws://${url}`];
  options.push('--data', runFolder);
  try {
    const tracker = spawn(node, [join('src', 'cli', 'main.ts'), 'start', ...options, ...given], {
      cwd: repositoryRoot,
      env: { ...environment, TXTRAIL_API_KEY: key },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const stop = watchForStop();
    const ended = exitCodeOf(tracker, stop, 'The local chain ends too: TxTrail was ended by');
    chain.ended.then(() => setTimeout(() => reportLostChain(tracker, stop), stopGraceMs).unref());
    createInterface({ input: tracker.stdout }).on('line', (line) => {
      console.log(line);
      const ready = /^txtrail ready (http\S+)/.exec(line);
      if (ready) console.log(tourLines({ tracker: ready[1], rpc: `http://${url}`, key, chain: localChain }));
    });
    return await ended;
  } finally {
    chain.stop();
    rmSync(runFolder, { recursive: true, force: true });
  }
}

/** Notes whether this process was told to stop, from here on. */
function watchForStop() {
  const stop = { wasAsked: false };
  for (const signal of signals) {
    process.on(signal, () => {
      stop.wasAsked = true;
    });
  }
  return stop;
}

/** A chain that ends with everything else, as after Ctrl-C, is not worth a word. */
function reportLostChain(tracker, stop) {
  if (stop.wasAsked || tracker.exitCode !== null || tracker.signalCode !== null) return;
  console.error('The local chain has ended; TxTrail goes on and will report its provider as failing.');
}

/** Waits for the end of a child, handing on the signals that only this process was sent. */
function exitCodeOf(child, stop, endedBy) {
  const forward = (signal) => {
    // A terminal sends its interrupt to the whole group: the child has it already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      if (signal !== null && !stop.wasAsked) console.error(`${endedBy} ${signal}.`);
      resolve(code ?? 1);
    });
  });
}

/** A key of the local chain's own, made once, so that the printed lines work at every start. */
function localKey() {
  const file = join(dataFolder, 'local-key');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  mkdirSync(dataFolder, { recursive: true });
  const key = `local_${randomBytes(24).toString('hex')}`;
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}

function removeLeftFolders() {
  if (!existsSync(dataFolder)) return;
  for (const name of readdirSync(dataFolder)) {
    const owner = /^local-(\d+)$/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner)))
      rmSync(join(dataFolder, name), { recursive: true, force: true });
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
