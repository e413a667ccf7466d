import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeDirectory, unusableDirectory } from './data-directory.ts';
import { NodeDisk } from './node-disk.ts';

const root = mkdtempSync(join(tmpdir(), 'txtrail-directory-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the data directory', () => {
  test('is made with its parents, for its owner alone, and may be there already', async () => {
    const directory = join(root, 'a', 'b', 'c');
    await makeDirectory(directory);
    await makeDirectory(directory);
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
    expect(statSync(directory).isDirectory()).toBe(true);
  });

  test('is made once where several make it at the same time', async () => {
    const directory = join(root, 'd', 'e');
    await Promise.all(Array.from({ length: 8 }, () => makeDirectory(directory)));
    expect(statSync(directory).isDirectory()).toBe(true);
  });

  test.each([
    ['a file', ['file'], 'ENOTDIR'],
    ['a path through a file', ['file', 'x', 'y'], 'ENOTDIR'],
  ])('%s cannot be used, and the line says so (F36)', async (_name, steps, code) => {
    writeFileSync(join(root, 'file'), '');
    const directory = join(root, ...steps);
    await expect(new NodeDisk({ directory }).lock()).rejects.toMatchObject({
      code: 'data_dir_unusable',
      retryable: false,
      facts: { directory, code },
      message: expect.stringContaining(`${directory} (--data) cannot be used: it, or a folder`),
    });
  });

  test.skipIf(process.platform !== 'linux')('where no folder can be made, making one ends', async () => {
    await expect(new NodeDisk({ directory: '/proc/txtrail/data' }).lock()).rejects.toMatchObject({
      code: 'data_dir_unusable',
    });
  });

  test.each([
    ['EACCES', 'this user may not write there'],
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the file system is read-only'],
    ['EIO', 'EIO: failed'],
  ])('%s in words', (code, words) => {
    const cause = Object.assign(new Error('EIO: failed'), { code });
    expect(unusableDirectory('/d', cause)).toMatchObject({
      message: `The data folder /d (--data) cannot be used: ${words}. Mend that, or choose another folder.`,
      cause,
    });
  });
});
