import { readdir } from 'node:fs/promises';
import { isLockFile, takeDirectoryLock } from './directory-lock.ts';
import { TxTrailError } from '../../lib/error.ts';

export type DirectoryHolder = { readonly kind: 'free' } | { readonly kind: 'held'; readonly by: string };

/** Whether a process holds the lock of a data directory. It is tried only where there is one, so nothing is left behind. */
export async function directoryHolder(directory: string): Promise<DirectoryHolder> {
  const names = await readdir(directory);
  if (!names.some(isLockFile)) return { kind: 'free' };
  try {
    const lock = await takeDirectoryLock(directory);
    await lock.release();
    return { kind: 'free' };
  } catch (error) {
    if (!(error instanceof TxTrailError) || error.code !== 'data_dir_locked') throw error;
    const { pid } = error.facts;
    return { kind: 'held', by: typeof pid === 'number' ? `process ${pid}` : 'another process' };
  }
}
