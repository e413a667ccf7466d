// Everything the commands need before the first TypeScript file can run. Plain JavaScript that
// Node 20 runs without any package, because this is what installs the packages.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const modulesFolder = join(repositoryRoot, 'node_modules');
const binFolder = join(modulesFolder, '.bin');
const lockFile = join(repositoryRoot, 'package-lock.json');
/** The digest of the lock file that node_modules was installed from. */
const stampFile = join(modulesFolder, '.txtrail-setup');

const minimumScriptNode = 20;
const minimumSourceNode = 24;

/** A reason to stop that the reader can act on: printed without a stack. */
export class SetupError extends Error {}

/**
 * Installs what package-lock.json names, if it is not there already, and finds a Node that runs
 * the TypeScript sources unbuilt.
 * @returns {Promise<{ node: string, environment: NodeJS.ProcessEnv }>} the Node to run sources
 *   with, and an environment whose PATH finds it and the installed tools first
 */
export async function setUp() {
  requireScriptNode();
  if (!isInstalled()) await installPackages();
  const node = findSourceNode();
  const path = [dirname(node), binFolder, process.env.PATH ?? ''].join(delimiter);
  return { node, environment: { ...process.env, PATH: path } };
}

/** Runs a script's main function; a SetupError ends it with a plain message and exit code 1. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/** @returns {Promise<number>} the exit code; 1 where a signal ended it */
export function run(command, commandArguments, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, { cwd: repositoryRoot, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function requireScriptNode() {
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= minimumScriptNode) return;
  throw new SetupError(
    `This is Node ${process.versions.node}; TxTrail needs Node ${minimumScriptNode} or newer to set itself up.\n` +
      'Install a newer Node (any version from 20 on will do) and run the command again.',
  );
}

function isInstalled() {
  if (!existsSync(join(modulesFolder, '.package-lock.json'))) return false;
  const digest = lockDigest();
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8').trim() === digest;
  // Installed by a plain `npm ci`: npm writes its hidden lock file last.
  if (statSync(join(modulesFolder, '.package-lock.json')).mtimeMs < statSync(lockFile).mtimeMs) return false;
  writeFileSync(stampFile, `${digest}\n`);
  return true;
}

function lockDigest() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

async function installPackages() {
  console.log(
    'Installing the packages that package-lock.json names into ./node_modules (npm ci, about 550 MB on disk):',
  );
  console.log('  the libraries TxTrail runs on, its test tools, anvil (a local chain), and Node 24, which runs the');
  console.log('  TypeScript sources unbuilt (so a warning that a package wants a newer Node is no trouble).');
  console.log('  Nothing is installed outside this folder.');
  // The npm that started us may be running on the Node inside node_modules, which is about to be replaced.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'))
    .join(delimiter);
  const code = await run('npm', ['ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit'], {
    env: { ...process.env, PATH: path },
  }).catch((error) => {
    throw new SetupError(`npm could not be started (${error.message}). Install npm, which comes with Node.`);
  });
  if (code !== 0) {
    throw new SetupError(
      `npm ci failed with exit code ${code}; its own words are above. It needs the network, or an npm that is\n` +
        'configured with a reachable mirror (npm config get registry). Then run the command again.',
    );
  }
  writeFileSync(stampFile, `${lockDigest()}\n`);
}

function findSourceNode() {
  const packaged = join(binFolder, 'node');
  const candidates = existsSync(packaged) ? [packaged, process.execPath] : [process.execPath];
  for (const candidate of candidates) {
    const answer = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    const major = Number.parseInt((answer.stdout ?? '').replace(/^v/, ''), 10);
    if (answer.status === 0 && major >= minimumSourceNode) return candidate;
  }
  throw new SetupError(
    `TxTrail runs on Node ${minimumSourceNode} or newer. The npm package that brings it has none that works on this\n` +
      `machine (${process.platform} ${process.arch}), and the Node that runs this is ${process.versions.node}.\n` +
      `Install Node ${minimumSourceNode} and run the command again.`,
  );
}
