import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSystemRandom } from './system-random.ts';
import { keptKey } from './key-file.ts';
import { openRunFolder } from './run-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'txtrail-run-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('the folder of a run', () => {
  test('is this process’s own, and goes with what is in it', async () => {
    const folder = await openRunFolder(join(parent, 'new'), 'sandbox');
    expect(folder.path).toBe(join(parent, 'new', `sandbox-${process.pid}`));
    mkdirSync(folder.path);
    writeFileSync(join(folder.path, 'log'), 'x');
    await folder.remove();
    expect(readdirSync(join(parent, 'new'))).toEqual([]);
    await folder.remove();
  });

  test('takes away what ended processes left, and nothing else', async () => {
    const ended = spawnSync(process.execPath, ['--version']).pid;
    const kept = ['sandbox-key', `sandbox-${process.ppid}`, `other-${ended}`, 'sandbox-', `sandbox-${ended}x`];
    for (const name of [...kept, `sandbox-${ended}`, `sandbox-${process.pid}`]) mkdirSync(join(parent, name));
    await openRunFolder(parent, 'sandbox');
    expect(readdirSync(parent).sort()).toEqual(kept.sort());
  });

  test('cannot lie below a file', async () => {
    writeFileSync(join(parent, 'file'), '');
    await expect(openRunFolder(join(parent, 'file'), 'sandbox')).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });
});

describe('a key in a file', () => {
  const deps = { random: createSystemRandom() };

  test('is made once, for the owner alone, and stays', async () => {
    const file = join(parent, 'key');
    const made = await keptKey(file, 'sandbox_', deps);
    expect([made.isNew, made.key]).toEqual([true, expect.stringMatching(/^sandbox_[0-9a-f]{48}$/)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await keptKey(file, 'sandbox_', deps)).toEqual({ key: made.key, isNew: false });
  });

  test('is the same for processes that start at once', async () => {
    const file = join(parent, 'key');
    const all = await Promise.all(Array.from({ length: 5 }, () => keptKey(file, 'sandbox_', deps)));
    expect(new Set(all.map(({ key }) => key)).size).toBe(1);
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test.each(['', 'too short', `${'k'.repeat(40)} and more`])('%j is none', async (content) => {
    const file = join(parent, 'key');
    writeFileSync(file, content);
    await expect(keptKey(file, 'sandbox_', deps)).rejects.toMatchObject({ code: 'key_file_damaged' });
  });

  test('cannot be made where no file can be', async () => {
    await expect(keptKey(join(parent, 'absent', 'key'), 's', deps)).rejects.toMatchObject({
      code: 'data_dir_unusable',
    });
    mkdirSync(join(parent, 'key'));
    await expect(keptKey(join(parent, 'key'), 's', deps)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });
});
