// Debian's packages, for what no npm package brings.

import { spawnSync } from 'node:child_process';
import { run } from '../setup.mjs';

/**
 * Installs Debian packages with apt-get, as root or through a sudo that asks nothing.
 * @param {readonly string[]} packages
 * @param {string} purpose completes "Installing the system package …, "
 * @returns {Promise<boolean>} false where apt-get cannot be used or failed; its own words are above then
 */
export async function installPackages(packages, purpose) {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (!succeeds([...asRoot, 'true']) || !succeeds(['apt-get', '--version'])) return false;
  console.log(`Installing the system package ${packages.join(', ')} (apt-get), ${purpose}.`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const step of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const [command, ...rest] = [...asRoot, 'apt-get', ...step];
    if ((await run(command, rest, { env: environment }).catch(() => 1)) !== 0) return false;
  }
  return true;
}

/** Whether a command can be run and ends well. */
export function succeeds([command, ...rest]) {
  return spawnSync(command, rest, { stdio: 'ignore' }).status === 0;
}
