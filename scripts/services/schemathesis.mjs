// A program that tries everything the served API description allows and forbids, for its own test.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../setup.mjs';
import { installPackages, succeeds } from './debian-packages.mjs';

const schemathesisVersion = '4.32.5';
/** Written when an installation is through: one that was cut short has none, and is made anew. */
const completeMark = 'txtrail-complete';
/** What that version runs on. */
const minimumPython = [3, 10];

/**
 * The path of a schemathesis that can be run, installing it once into the user's cache if need be;
 * null where none can be had, with the reason printed. `TXTRAIL_SCHEMATHESIS` names one that is there already.
 * @returns {Promise<string | null>}
 */
export async function ensureSchemathesis() {
  const given = process.env.TXTRAIL_SCHEMATHESIS;
  if (given) return works(given) ? given : unavailable(`TXTRAIL_SCHEMATHESIS names ${given}, which cannot be run`);
  const folder = cacheFolder();
  if (existsSync(join(folder, completeMark)) && works(commandIn(folder))) return commandIn(folder);
  if (!canMakeEnvironments()) await installPackages(['python3', 'python3-venv'], 'to run schemathesis in');
  if (!canMakeEnvironments()) return unavailable(`it needs Python ${minimumPython.join('.')} or newer with venv`);
  console.log(`Installing schemathesis ${schemathesisVersion} from PyPI, once, into ${folder}.`);
  return (await install(folder))
    ? commandIn(folder)
    : unavailable('its installation failed; the words of pip are above');
}

function cacheFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'txtrail', `schemathesis-${schemathesisVersion}`);
}

function commandIn(folder) {
  return join(folder, 'bin', 'schemathesis');
}

async function install(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const steps = [
    ['python3', ['-m', 'venv', folder]],
    [
      join(folder, 'bin', 'pip'),
      ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${schemathesisVersion}`],
    ],
  ];
  for (const [program, programArguments] of steps) {
    if ((await run(program, programArguments).catch(() => 1)) !== 0) return false;
  }
  if (!works(commandIn(folder))) return false;
  writeFileSync(join(folder, completeMark), '');
  return true;
}

function canMakeEnvironments() {
  const answer = spawnSync('python3', ['-c', 'import ensurepip, sys; print(*sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const [major, minor] = (answer.stdout ?? '').trim().split(' ').map(Number);
  if (answer.status !== 0) return false;
  return major > minimumPython[0] || (major === minimumPython[0] && minor >= minimumPython[1]);
}

function works(command) {
  return succeeds([command, '--version']);
}

function unavailable(reason) {
  console.error(`\n*** schemathesis is not to be had: ${reason}. Tests that need it are SKIPPED. ***\n`);
  return null;
}
