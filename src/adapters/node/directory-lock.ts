import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TxTrailError } from '../../lib/error.ts';
import type { DiskLock } from '../../ports/disk.ts';

const lockFile = 'lock';
const holderFile = 'lock-holder';

/** True for the names in the data directory that belong to the lock. */
export function isLockFile(name: string): boolean {
  return name === lockFile || name === holderFile;
}

/** SQLite's code for a lock that another connection, of this process or another one, holds. */
const sqliteBusy = 5;

/**
 * Takes the directory's lock, which lives exactly as long as this process: the kernel drops it when
 * the process ends, however it ends, so there is no stale lock to judge and no race to take one
 * over. Node offers no file locks of its own, but its SQLite does hold them; the database stays
 * empty. Process ids say nothing across containers that share a volume, the kernel's lock does.
 *
 * @throws TxTrailError `data_dir_locked`, naming the holder's process id where it is known.
 */
export async function takeDirectoryLock(directory: string): Promise<DiskLock> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(directory, lockFile));
  try {
    // Without a journal in memory, SQLite would leave a file beside the lock.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if ((cause as { readonly errcode?: number }).errcode !== sqliteBusy) throw cause;
    throw lockedError(directory);
  }
  // The holder's file is only for the message that a second process gives.
  const holder = join(directory, holderFile);
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  let released = false;
  return {
    release: async () => {
      if (released) return;
      released = true;
      rmSync(holder, { force: true });
      database.close();
    },
  };
}

function lockedError(directory: string): TxTrailError {
  const pid = livingHolder(directory);
  const who = pid === null ? 'another process' : `process ${pid}`;
  return new TxTrailError(
    'data_dir_locked',
    `The data directory ${directory} is in use by ${who}. Stop it first, or choose another directory.`,
    { facts: { directory, pid } },
  );
}

/** Null where the holder has not written its id yet, or what is written is a dead process's. */
function livingHolder(directory: string): number | null {
  const pid = writtenHolder(directory);
  if (pid === null) return null;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // EPERM: alive, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : null;
  }
}

function writtenHolder(directory: string): number | null {
  try {
    const pid = Number(readFileSync(join(directory, holderFile), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
