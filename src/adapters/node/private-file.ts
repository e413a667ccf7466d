import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unusableDirectory } from './data-directory.ts';

/**
 * Makes an empty file that only its owner may read, where there is none: for a library that would
 * make it readable for everybody.
 *
 * @throws TxTrailError `data_dir_unusable`
 */
export async function makePrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusableDirectory(dirname(path), error);
  }
}
