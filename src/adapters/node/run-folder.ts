import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from './data-directory.ts';

export interface RunFolder {
  readonly path: string;
  /** Takes the folder away with everything in it. */
  remove(): Promise<void>;
}

/**
 * Makes a folder `NAME-PID` for this process alone, and takes away those that ended processes left
 * behind.
 *
 * @throws TxTrailError `data_dir_unusable`
 */
export async function openRunFolder(parent: string, name: string): Promise<RunFolder> {
  await makeDirectory(parent);
  const pattern = new RegExp(`^${name}-(\\d+)$`);
  for (const entry of await readdir(parent)) {
    const owner = pattern.exec(entry)?.[1];
    // One of our own number was left by a process that had it before.
    if (owner !== undefined && (Number(owner) === process.pid || !isAlive(Number(owner)))) {
      await rm(join(parent, entry), { recursive: true, force: true });
    }
  }
  const path = join(parent, `${name}-${process.pid}`);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
