import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { rigConfig } from '../../test/harness/stages-rig.ts';
import { startEmbedded } from './embedded.ts';
import { nodePlatform } from './node-platform.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

test.each([
  [90, true],
  [0, false],
])('with historyDays %i there is a history: %s', async (historyDays, isThere) => {
  const metrics = { ...recordingMetrics(), text: async () => '' };
  const platform = nodePlatform({ dataDir }, { logger: recordingLogger(), metrics });
  const embedded = await startEmbedded({ ...rigConfig, dataDir, historyDays }, platform);
  expect((await readdir(dataDir)).includes('history.db')).toBe(isThere);
  await embedded.drain();
});
