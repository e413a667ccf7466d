import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sectionsOf, snapshotStoreSuite } from '../../../test/conformance/snapshot-store.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { everythingSurvives, nothingUnsyncedSurvives } from '../memory/disk-fault.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { EmbeddedSnapshots } from './embedded-snapshots.ts';
import { headFrame } from './snapshot-format.ts';

const older = 'snapshot-0000000000000010.snap';
const newer = 'snapshot-0000000000000020.snap';

function storeOn(disk: MemoryDisk) {
  const logger = recordingLogger();
  return { logger, store: new EmbeddedSnapshots({}, { disk, logger }) };
}

snapshotStoreSuite('embedded', async () => storeOn(new MemoryDisk()).store);

async function diskWithTwo(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { store } = storeOn(disk);
  await store.save(10, [{ name: 'a', text: 'ten' }]);
  await store.save(20, [
    { name: 'a', text: 'twenty' },
    { name: 'b', text: 'more' },
  ]);
  return disk;
}

describe('embedded snapshots', () => {
  test('the last two are kept', async () => {
    const disk = await diskWithTwo();
    await storeOn(disk).store.save(30, []);
    expect(await disk.list()).toEqual([newer, 'snapshot-0000000000000030.snap']);
  });

  test('a flipped bit anywhere in the newest gives the one before, with a warning (F36, I22)', async () => {
    const size = (await diskWithTwo()).contents(newer).length;
    for (let offset = 0; offset < size; offset += 1) {
      const disk = await diskWithTwo();
      disk.flipBit(newer, offset, offset % 8);
      const { store, logger } = storeOn(disk);
      const snapshot = await store.loadLatest(10);
      expect(snapshot?.position).toBe(10);
      expect(await sectionsOf(snapshot)).toEqual([{ name: 'a', text: 'ten' }]);
      expect(logger.lines).toEqual([expect.objectContaining({ level: 'warn' })]);
    }
  });

  test('a newest that was cut, or goes on beyond its end, is damaged (F33, F36)', async () => {
    const size = (await diskWithTwo()).contents(newer).length;
    for (let length = 0; length <= size + 9; length += 1) {
      const disk = await diskWithTwo();
      await (await disk.open(newer)).truncate(length);
      expect((await storeOn(disk).store.loadLatest(10))?.position).toBe(length === size ? 20 : 10);
    }
  });

  test('a fallback needs a log that reaches back to it; else it is a diagnosis', async () => {
    const disk = await diskWithTwo();
    disk.flipBit(newer, 40);
    await expect(storeOn(disk).store.loadLatest(11)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
    await expect(storeOn(disk).store.loadLatest(null)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
    expect((await storeOn(disk).store.loadLatest(0))?.position).toBe(10);
  });

  test('with none whole, only a log from its very beginning will do', async () => {
    const disk = await diskWithTwo();
    disk.flipBit(newer, 40);
    disk.flipBit(older, 40);
    expect(await storeOn(disk).store.loadLatest(0)).toBeNull();
    await expect(storeOn(disk).store.loadLatest(10)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
    expect(await disk.list()).toEqual([older, newer]);
  });

  test('damage that comes after the check is found while it is read', async () => {
    const disk = await diskWithTwo();
    const snapshot = await storeOn(disk).store.loadLatest(0);
    disk.flipBit(newer, disk.contents(newer).length - 3);
    await expect(sectionsOf(snapshot)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
  });

  test('a file under the name of another position is damaged', async () => {
    const disk = await diskWithTwo();
    await disk.rename(newer, 'snapshot-0000000000000099.snap');
    expect((await storeOn(disk).store.loadLatest(0))?.position).toBe(10);
  });

  test('a newer version stops the start (F40)', async () => {
    const disk = new MemoryDisk();
    const frame = headFrame(10);
    frame[9] = 2;
    frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
    await (await disk.open(older, { create: true })).write(0, frame);
    await expect(storeOn(disk).store.loadLatest(0)).rejects.toMatchObject({ code: 'snapshot_version_unknown' });
  });

  test('a half-written one is removed at the start', async () => {
    const disk = await diskWithTwo();
    await disk.open('snapshot-0000000000000030.tmp', { create: true });
    expect((await storeOn(disk).store.loadLatest(0))?.position).toBe(20);
    expect(await disk.list()).toEqual([older, newer]);
  });

  test('a power cut at any operation of a save leaves the one before or the new one, whole (F32)', async () => {
    for (let crashAfter = 0; ; crashAfter += 1) {
      const disk = await diskWithTwo();
      const crashAt = disk.operations + crashAfter;
      disk.decideFault = ({ index }) => (index === crashAt ? { kind: 'crash', when: 'during' } : null);
      const text = 'x'.repeat(3000);
      const saved = await storeOn(disk)
        .store.save(30, [{ name: 'a', text }])
        .catch(() => null);
      const wasReached = disk.hasCrashed;
      disk.decideFault = () => null;
      const everySecondBlock = { ...everythingSurvives, keepsBlock: (_: unknown, block: number) => block % 2 === 0 };
      const survival = [nothingUnsyncedSurvives, everythingSurvives, everySecondBlock];
      disk.restart(survival[crashAfter % 3] ?? everythingSurvives);
      const { store, logger } = storeOn(disk);
      const snapshot = await store.loadLatest(20);
      const sections = await sectionsOf(snapshot);
      if (saved !== null) expect(snapshot?.position).toBe(30);
      expect(sections).toEqual(snapshot?.position === 30 ? [{ name: 'a', text }] : twentySections);
      expect(logger.lines).toEqual([]);
      if (wasReached) continue;
      expect(crashAfter).toBeGreaterThan(8);
      return;
    }
  });

  test('a disk that fails a save leaves what was there, and a later save works (F35, F37)', async () => {
    for (const kind of ['create', 'write', 'data_sync', 'rename'] as const) {
      const disk = await diskWithTwo();
      const { store } = storeOn(disk);
      disk.decideFault = (operation) => (operation.kind === kind ? { kind: 'fail', code: 'ENOSPC' } : null);
      await expect(store.save(30, [])).rejects.toMatchObject({ code: 'snapshot_failed' });
      disk.decideFault = () => null;
      expect((await store.loadLatest(0))?.position).toBe(20);
      await store.save(30, []);
      disk.restart(nothingUnsyncedSurvives);
      expect((await storeOn(disk).store.loadLatest(30))?.position).toBe(30);
    }
  });
});

const twentySections = [
  { name: 'a', text: 'twenty' },
  { name: 'b', text: 'more' },
];
