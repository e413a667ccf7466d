// A real browser for the tests of the live page and of the client.

import { installPackages, succeeds } from './debian-packages.mjs';

/** The names under which distributions and vendors install it. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The command or path of a Chromium that can be run, installing Debian's package if need be; null
 * where none can be had, with the reason printed. `TXTRAIL_CHROMIUM` names one that is there already.
 * @returns {Promise<string | null>}
 */
export async function ensureChromium() {
  const given = process.env.TXTRAIL_CHROMIUM;
  if (given) return works(given) ? given : unavailable(`TXTRAIL_CHROMIUM names ${given}, which cannot be run`);
  const found = names.find(works);
  if (found !== undefined) return found;
  await installPackages(['chromium', 'fonts-dejavu-core'], 'the browser that the live page is tested in');
  return names.find(works) ?? unavailable('there is none, and the package chromium could not be installed');
}

function works(command) {
  return succeeds([command, '--version']);
}

function unavailable(reason) {
  console.error(`No Chromium: ${reason}. Tests in a browser are skipped.`);
  return null;
}
