// A C compiler for the load clients of the benches.

import { installPackages, succeeds } from './debian-packages.mjs';

const names = ['cc', 'gcc', 'clang'];

/**
 * The command of a C compiler, installing Debian's packages if need be; null where none can be had,
 * with the reason printed. `TXTRAIL_CC` names one that is there already.
 * @returns {Promise<string | null>}
 */
export async function ensureCompiler() {
  const given = process.env.TXTRAIL_CC;
  if (given) return works(given) ? given : unavailable(`TXTRAIL_CC names ${given}, which cannot be run`);
  const found = names.find(works);
  if (found !== undefined) return found;
  await installPackages(['gcc', 'libc6-dev'], 'which compiles the load clients of the benches');
  return names.find(works) ?? unavailable('there is none, and the packages gcc and libc6-dev could not be installed');
}

function works(command) {
  return succeeds([command, '--version']);
}

function unavailable(reason) {
  console.error(`No C compiler: ${reason}. The benches cannot put their load on.`);
  return null;
}
