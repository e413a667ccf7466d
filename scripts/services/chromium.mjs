// A real browser for the tests of the live page and of the client.

import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { installPackages, succeeds } from './debian-packages.mjs';

/** The names under which distributions and vendors install it. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The path of a Chromium that can be run, installing Debian's package if need be; null
 * where none can be had, with the reason printed. `TXTRAIL_CHROMIUM` names one that is there already.
 * @returns {Promise<string | null>}
 */
export async function ensureChromium() {
  const given = process.env.TXTRAIL_CHROMIUM;
  if (given) return workingPath(given) ?? unavailable(`TXTRAIL_CHROMIUM names ${given}, which cannot be run`);
  const found = findChromium();
  if (found !== null) return found;
  await installPackages(['chromium', 'fonts-dejavu-core'], 'the browser that the live page is tested in');
  return findChromium() ?? unavailable('there is none, and the package chromium could not be installed');
}

function findChromium() {
  for (const name of names) {
    const path = workingPath(name);
    if (path !== null) return path;
  }
  return null;
}

/** Who drives a browser wants its path, and not the name that a shell would look up. */
function workingPath(command) {
  const folders = isAbsolute(command) ? [''] : (process.env.PATH ?? '').split(delimiter);
  const path = folders.map((folder) => join(folder, command)).find(existsSync);
  return path !== undefined && succeeds([path, '--version']) ? path : null;
}

function unavailable(reason) {
  console.error(`No Chromium: ${reason}. Tests in a browser are skipped.`);
  return null;
}
