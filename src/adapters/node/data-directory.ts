import { constants } from 'node:fs';
import { access, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TxTrailError } from '../../lib/error.ts';

/**
 * Makes what is missing of the path, each new entry durable in its parent, and sees that files can
 * be made there.
 *
 * @throws TxTrailError `data_dir_unusable`
 */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    const missing: string[] = [];
    let standing = directory;
    while (!(await exists(standing))) {
      missing.unshift(standing);
      standing = dirname(standing);
    }
    await requireWritable(standing);
    // One by one: where the file system takes no folders, as in /proc, a recursive mkdir tries for ever.
    for (const next of missing) {
      await makeOne(next);
      await syncDirectory(dirname(next));
    }
  } catch (cause) {
    throw unusableDirectory(directory, cause);
  }
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The fault of a data directory, from what the operating system or the lock's library said. */
export function unusableDirectory(directory: string, cause: unknown): TxTrailError {
  const { code } = cause as NodeJS.ErrnoException;
  const reason = reasons.get(code ?? '') ?? (cause instanceof Error ? cause.message : String(cause));
  return new TxTrailError(
    'data_dir_unusable',
    `The data folder ${directory} (--data) cannot be used: ${reason}. Mend that, or choose another folder.`,
    { facts: { directory, code: code ?? null }, cause },
  );
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOTDIR', 'it, or a folder on the way to it, is a file'],
  ['EEXIST', 'a file stands there'],
  ['EACCES', 'this user may not write there'],
  ['EPERM', 'this user may not write there'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota of this user is used up'],
  ['ENOENT', 'no folder can be made there'],
]);

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function requireWritable(path: string): Promise<void> {
  const found = await stat(path);
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  await access(path, constants.W_OK | constants.X_OK);
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
