import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import type { EmbeddedPlatform } from './embedded.ts';
import { nodePlatform } from './node-platform.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'node-platform-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

function platformIn(folder: string): EmbeddedPlatform {
  const metrics = { ...recordingMetrics(), text: async () => '' };
  return nodePlatform({ dataDir: folder }, { logger: recordingLogger(), metrics });
}

test('what keeps the keys is one file, for its owner alone, and is opened again as it was', async () => {
  const { administration } = platformIn(dataDir);
  const first = await administration.open();
  await first.tenants.settle('secret', 'one');
  await first.close();
  expect(await readdir(dataDir)).toEqual(['administration.db']);
  expect((await stat(join(dataDir, 'administration.db'))).mode & 0o777).toBe(0o600);
  const second = await administration.open();
  expect(await second.tenants.setting('secret')).toBe('one');
  await second.close();
});

test('where the file cannot be made, that is said of the folder', async () => {
  const { administration } = platformIn(join(dataDir, 'absent'));
  await expect(administration.open()).rejects.toMatchObject({ code: 'data_dir_unusable' });
});

test('the history is for its owner alone, and so is what it writes beside itself', async () => {
  const history = await platformIn(dataDir).openHistory();
  await history.archive([], 7);
  const names = await readdir(dataDir);
  expect(names).toContain('history.db');
  for (const name of names) expect((await stat(join(dataDir, name))).mode & 0o777, name).toBe(0o600);
  await history.close();
});
