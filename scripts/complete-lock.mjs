// After a change of dependencies: npm install --package-lock-only && node scripts/complete-lock.mjs
//
// Tools with native parts name one optional package per platform, and `npm ci` refuses a lock file
// in which any of them is missing. npm leaves out those that the registry it happens to use does not
// carry, so a lock file made behind a partial mirror would install nowhere. This adds what is left
// out: name, version and platform are enough for npm to pass over it on every other machine.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './setup.mjs';

const operatingSystems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
/** As packages spell them, with npm's own word. */
const processors = {
  amd64: 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};
const exactVersion = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

const lockFile = join(repositoryRoot, 'package-lock.json');
const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
const added = completeLock(lock.packages);
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'The lock file is complete.' : `Added to the lock file:\n  ${added.join('\n  ')}`);

/** Adds the missing platform packages in place; gives their names. */
function completeLock(packages) {
  const added = [];
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`;
      if (packages[place] !== undefined) continue;
      packages[place] = platformEntry(name, version, parent);
      added.push(`${name} ${version}`);
    }
  }
  const sorted = Object.entries(packages).sort(([one], [other]) => (one < other ? -1 : 1));
  for (const key of Object.keys(packages)) delete packages[key];
  Object.assign(packages, Object.fromEntries(sorted));
  return added;
}

function platformEntry(name, version, parent) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => operatingSystems.includes(word));
  const cpu = words.map((word) => processors[word]).find((word) => word !== undefined);
  if (os === undefined || cpu === undefined || !exactVersion.test(version)) {
    throw new Error(`${name} ${version} is missing from the lock file and is no platform package: install it by hand`);
  }
  const library = words.find((word) => /^(?:musl|gnu)/.test(word));
  const libc = library === undefined ? {} : { libc: [library.startsWith('musl') ? 'musl' : 'glibc'] };
  const dev = parent.dev ? { dev: true } : {};
  return { version, cpu: [cpu], ...dev, ...libc, optional: true, os: [os] };
}
