// Debian's packages, unpacked into a folder: needs no root, changes nothing of the machine, and starts none of
// the services that an installation would.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { insist } from './background-process.mjs';

/**
 * Unpacks packages with what they need and this machine lacks, once.
 * @param {readonly string[]} packages
 * @param {string} folder where they are, or come to be
 * @throws {ServiceUnavailable} where apt-get is missing or failed
 */
export async function unpackPackages(packages, folder) {
  if (existsSync(folder)) return;
  console.log(`Unpacking ${packages.join(', ')} from Debian's packages into ${folder}, once (nothing is installed).`);
  mkdirSync(dirname(folder), { recursive: true });
  const aside = mkdtempSync(`${folder}-`);
  try {
    // Lists of its own: those of the machine may be missing or stale, and only root may renew them.
    const lists = ['-o', `Dir::State::Lists=${join(aside, 'lists')}`, '-o', `Dir::Cache=${join(aside, 'cache')}`];
    for (const name of ['lists/partial', 'cache/archives/partial', 'root'])
      mkdirSync(join(aside, name), { recursive: true });
    const inside = { cwd: aside };
    await insist('apt-get', ['-qq', ...lists, 'update'], inside);
    const plan = await insist(
      'apt-get',
      [...lists, '-o', 'Debug::NoLocking=true', '--simulate', '--no-install-recommends', 'install', ...packages],
      inside,
    );
    const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
    await insist('apt-get', ['-qq', ...lists, 'download', ...missing], inside);
    const root = join(aside, 'root');
    for (const file of readdirSync(aside).filter((name) => name.endsWith('.deb')))
      await insist('dpkg-deb', ['-x', join(aside, file), root], inside);
    bendLinks(root, root);
    renameSync(root, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The environment in which programs unpacked there find their libraries. */
export function unpackedEnvironment(folder) {
  const architecture = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? '';
  const libraries = ['usr/lib', 'lib'].map((name) => join(folder, name, architecture));
  return { ...process.env, LD_LIBRARY_PATH: [...libraries, process.env.LD_LIBRARY_PATH ?? ''].join(':') };
}

/** Links to absolute paths mean places that would be there after an installation. */
function bendLinks(folder, root) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path);
    if (found.isDirectory()) bendLinks(path, root);
    if (!found.isSymbolicLink()) continue;
    const target = readlinkSync(path);
    if (!target.startsWith('/') || existsSync(target)) continue;
    unlinkSync(path);
    symlinkSync(relative(folder, join(root, target)), path);
  }
}
