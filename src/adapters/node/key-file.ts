import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { TxTrailError } from '../../lib/error.ts';
import type { Random } from '../../ports/clock.ts';
import { unusableDirectory } from './data-directory.ts';

const keyBytes = 24;
/** As for every key: printable, no spaces, not too short to guess. */
const keyPattern = /^[\x21-\x7e]{32,512}$/;

export interface KeptKey {
  readonly key: string;
  /** Whether it was made just now. */
  readonly isNew: boolean;
}

/**
 * The key that a file holds; where there is no such file, a new one is made, readable for its owner alone.
 *
 * @throws TxTrailError `key_file_damaged`, `data_dir_unusable`
 */
export async function keptKey(file: string, prefix: string, deps: { readonly random: Random }): Promise<KeptKey> {
  const kept = await readKey(file);
  if (kept !== null) return { key: kept, isNew: false };
  const key = prefix + Buffer.from(deps.random.bytes(keyBytes)).toString('hex');
  const beside = `${file}.${Buffer.from(deps.random.bytes(8)).toString('hex')}`;
  try {
    await writeFile(beside, `${key}\n`, { mode: 0o600 });
    // Whole or not at all, and never in the place of another's.
    await link(beside, file);
    return { key, isNew: true };
  } catch (error) {
    // Another process that started at the same time made it meanwhile.
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(file) : null;
    if (other === null) throw unusableDirectory(file, error);
    return { key: other, isNew: false };
  } finally {
    await rm(beside, { force: true });
  }
}

async function readKey(file: string): Promise<string | null> {
  try {
    const key = (await readFile(file, 'utf8')).trim();
    if (keyPattern.test(key)) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusableDirectory(file, error);
  }
  throw new TxTrailError(
    'key_file_damaged',
    `${file} holds no key of 32 characters or more. Remove it to have one made.`,
  );
}
