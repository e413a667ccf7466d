import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { all, collect, record } from '../../../test/conformance/record-log.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import type { Position } from '../../ports/record-log.ts';
import { type DiskOperation, everythingSurvives, nothingUnsyncedSurvives } from '../memory/disk-fault.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { openSegmentLog } from './open-segment-log.ts';
import { encodeRecord } from './record-format.ts';
import { oldestLogPosition } from './segment.ts';
import type { SegmentLogOptions } from './segment-log-options.ts';

const firstSegment = 'log-0000000000000000.seg';

async function openOn(disk: MemoryDisk, options: SegmentLogOptions = {}) {
  const logger = recordingLogger();
  const metrics = recordingMetrics();
  const deps = { disk, clock: manualClock(), logger, metrics };
  return { log: await openSegmentLog({ segmentBytes: 2048, readBytes: 700, ...options }, deps), logger, metrics };
}

/** A log that was killed: its positions, and where it ended. */
async function killedLog(disk: MemoryDisk, count: number, segmentBytes = 1_000_000) {
  const { log } = await openOn(disk, { segmentBytes });
  const positions: Position[] = [];
  for (let index = 0; index < count; index += 1) {
    positions.push(...(await log.append([record('facts/9', `${index} ${'x'.repeat(200)}`)])));
  }
  const { end } = log;
  disk.restart(nothingUnsyncedSurvives);
  return { positions, end };
}

async function overwrite(disk: MemoryDisk, name: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(name, { create: true });
  await file.write(offset, bytes);
  await file.dataSync();
  await disk.syncDirectory();
}

/** Opening must fail with the code and leave every byte of every file as it was. */
async function expectDiagnosis(disk: MemoryDisk, code: string, options: SegmentLogOptions = {}) {
  const before = await snapshotOf(disk);
  const error = await openOn(disk, options).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toMatchObject({ code });
  expect(await snapshotOf(disk)).toEqual(before);
  // The lock was given back.
  await (await disk.lock()).release();
  return error as { readonly message: string; readonly facts: Readonly<Record<string, unknown>> };
}

async function snapshotOf(disk: MemoryDisk): Promise<ReadonlyMap<string, string>> {
  const names = await disk.list();
  return new Map(names.map((name) => [name, Buffer.from(disk.contents(name)).toString('hex')]));
}

describe('after a sync that failed', () => {
  test('what is read back is made durable again before anything stands on it (F35, seeds 13, 14)', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    await first.log.append([record('facts/9', 'durable')]);
    disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'fail', code: 'EIO' } : null);
    await expect(first.log.append([record('facts/9', 'read back')])).rejects.toMatchObject({ code: 'log_failed' });
    disk.decideFault = () => null;
    disk.restartProcess();

    const second = await openOn(disk);
    const [position] = await second.log.append([record('facts/9', 'stands on it')]);
    disk.restart(nothingUnsyncedSurvives);

    const third = await openOn(disk);
    const payloads = (await all(third.log.read(0))).map(({ payload }) => payload);
    expect(payloads).toEqual(expect.arrayContaining(['durable', 'read back', 'stands on it']));
    expect((await third.log.readAt([position as Position]))[0]?.payload).toBe('stands on it');
  });
});

describe('opening a damaged segment log', () => {
  let disk: MemoryDisk;
  beforeEach(() => {
    disk = new MemoryDisk();
  });

  test('a bit flip in any part of a record in the middle is a diagnosis, and nothing is changed (F36, I22)', async () => {
    const { positions } = await killedLog(disk, 6);
    const position = positions[2] as Position;
    // Length, checksum, version, epoch, position, distance, time, name length, name, payload.
    for (const offset of [0, 2, 3, 4, 8, 9, 13, 20, 21, 25, 33, 35, 60, 200]) {
      disk.flipBit(firstSegment, position + offset, 5);
      const error = await expectDiagnosis(disk, 'log_corrupt');
      expect(error.facts).toMatchObject({ segment: firstSegment, offset: position, position });
      expect(error.message).toContain('an intact record of a later group');
      disk.flipBit(firstSegment, position + offset, 5);
    }
    await (await openOn(disk)).log.close();
  });

  test('a bit flip after a clean end is a diagnosis even in the last group (F36)', async () => {
    const { log } = await openOn(disk);
    const [position] = await log.append([record('facts/0', 'last')]);
    await log.close();
    disk.flipBit(firstSegment, (position as number) + 36);
    await expectDiagnosis(disk, 'log_corrupt');
  });

  test('a bad record with a later segment is a diagnosis, even if that one is empty', async () => {
    const { positions, end } = await killedLog(disk, 4);
    await overwrite(disk, `log-${String(end).padStart(16, '0')}.seg`, 0, new Uint8Array(0));
    disk.flipBit(firstSegment, (positions[3] as number) + 50);
    const error = await expectDiagnosis(disk, 'log_corrupt');
    expect(error.message).toContain('a later segment was begun');
  });

  test('a flip in the last group of a killed process is taken for a torn tail, with a warning (F33)', async () => {
    const { positions, end } = await killedLog(disk, 5);
    const last = positions[4] as Position;
    disk.flipBit(firstSegment, last + 60);
    const { log, logger, metrics } = await openOn(disk);
    expect((await all(log.read(0))).map(({ position }) => position)).toEqual(positions.slice(0, 4));
    expect(logger.lines).toEqual([
      expect.objectContaining({ level: 'warn', facts: expect.objectContaining({ position: last, bytes: end - last }) }),
    ]);
    expect(metrics.values.get('txtrail_log_torn_bytes_total')).toBe(end - last);
    await log.close();
  });

  test('the same flip below a snapshot is a diagnosis (F36)', async () => {
    const { positions, end } = await killedLog(disk, 5);
    disk.flipBit(firstSegment, (positions[4] as number) + 60);
    const error = await expectDiagnosis(disk, 'log_corrupt', { durableUpTo: end });
    expect(error.message).toContain('a snapshot stands on');
  });

  test('a torn tail may hold later records of the same group: blocks reach the disk in any order (F33)', async () => {
    const { end, positions } = await killedLog(disk, 3);
    const { log } = await openOn(disk);
    disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'crash', when: 'before' } : null);
    const group = Array.from({ length: 12 }, (_, index) => record('facts/1', `${index} ${'y'.repeat(300)}`));
    await expect(log.append(group)).rejects.toMatchObject({ code: 'log_failed' });
    disk.decideFault = () => null;
    disk.restart({ ...everythingSurvives, keepsBlock: (_change, block) => block !== 2 });
    const reopened = await openOn(disk);
    const kept = (await all(reopened.log.read(0))).map(({ position }) => position);
    expect(kept.slice(0, 3)).toEqual(positions);
    expect(kept.length).toBeLessThan(6);
    expect(reopened.metrics.values.get('txtrail_log_torn_bytes_total')).toBeGreaterThan(3000);
    expect(reopened.log.end).toBeGreaterThan(end);
    await reopened.log.close();
  });

  test.each([1, 7, 8, 33, 34, 5000, 100_000])('a tail of %i zeros is torn (F33)', async (bytes) => {
    const { positions, end } = await killedLog(disk, 3);
    await overwrite(disk, firstSegment, end, new Uint8Array(bytes));
    const { log, metrics } = await openOn(disk);
    expect((await all(log.read(0))).map(({ position }) => position)).toEqual(positions);
    expect(metrics.values.get('txtrail_log_torn_bytes_total')).toBe(bytes);
    expect(disk.contents(firstSegment).length).toBe(log.end);
    await log.close();
  });

  test('a tail cut at any byte of its last record is torn, and the log goes on from there (F33)', async () => {
    const { positions, end } = await killedLog(disk, 3);
    const last = positions[2] as Position;
    const whole = disk.contents(firstSegment);
    for (let cut = last + 1; cut < end; cut += 13) {
      const torn = new MemoryDisk();
      await overwrite(torn, firstSegment, 0, whole.subarray(0, cut));
      const { log } = await openOn(torn);
      expect((await all(log.read(0))).map(({ position }) => position)).toEqual(positions.slice(0, 2));
      expect(await log.append([record('facts/9', 'next')])).toHaveLength(1);
      await log.close();
    }
  });

  test('a missing segment is named (F36)', async () => {
    await killedLog(disk, 40, 2048);
    const names = await disk.list();
    const missing = names[1] as string;
    await disk.remove(missing);
    const error = await expectDiagnosis(disk, 'log_segment_missing');
    expect(error.facts.missing).toBe(missing);
    expect(error.message).toContain(missing);
  });

  test('a segment that was cut, with a later one there, is a diagnosis', async () => {
    await killedLog(disk, 40, 2048);
    const file = await disk.open(firstSegment);
    await file.truncate(100);
    await expectDiagnosis(disk, 'log_segment_missing');
  });

  test('a segment that reaches into the next is a diagnosis', async () => {
    await killedLog(disk, 40, 2048);
    await overwrite(disk, firstSegment, disk.contents(firstSegment).length, new Uint8Array(1));
    await expectDiagnosis(disk, 'log_corrupt');
  });

  test('missing first segments are found by who needs them', async () => {
    const { positions } = await killedLog(disk, 40, 2048);
    await disk.remove(firstSegment);
    await expectDiagnosis(disk, 'log_segment_missing', { scanFrom: positions[0] as Position });
    expect(await oldestLogPosition(disk)).toBeGreaterThan(0);
    const { log } = await openOn(disk);
    expect(log.start).toBe(await oldestLogPosition(disk));
    await log.close();
  });

  test('a snapshot from the future of this log is a diagnosis, also of no log at all (F36)', async () => {
    const { end } = await killedLog(disk, 3);
    const error = await expectDiagnosis(disk, 'log_shorter_than_snapshot', { durableUpTo: end + 1, scanFrom: end + 1 });
    expect(error.facts).toMatchObject({ end, durableUpTo: end + 1 });
    await expectDiagnosis(new MemoryDisk(), 'log_shorter_than_snapshot', { durableUpTo: 500 });
    await (await openOn(disk, { durableUpTo: end, scanFrom: end })).log.close();
  });

  test('a record of a newer version stops the start, wherever it stands (F30, F40)', async () => {
    const { end } = await killedLog(disk, 3);
    const newer = asVersion(2, end);
    await overwrite(disk, firstSegment, end, newer);
    const error = await expectDiagnosis(disk, 'log_version_unknown');
    expect(error.facts).toMatchObject({ version: 2, position: end });
    // And behind a damaged record it is no torn tail either.
    const beyond = asVersion(2, end + 50);
    await overwrite(disk, firstSegment, end, Buffer.concat([Buffer.alloc(50, 7), beyond]));
    await expectDiagnosis(disk, 'log_corrupt');
  });

  test('text in a payload never passes for a record behind a torn one', async () => {
    const { log } = await openOn(disk, { segmentBytes: 1_000_000 });
    const fake = asVersion(1, 5000).toString('latin1');
    const positions = await log.append([record('facts/0', 'a')]);
    disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'crash', when: 'before' } : null);
    await expect(log.append([record('facts/0', JSON.stringify(fake).repeat(30))])).rejects.toThrow();
    disk.decideFault = () => null;
    disk.restart({ ...everythingSurvives, keepsBlock: (_change, block) => block !== 0 });
    const reopened = await openOn(disk);
    expect((await all(reopened.log.read(0))).map(({ position }) => position)).toEqual(positions);
    await reopened.log.close();
  });

  test('where a whole segment is torn off, time and epoch are found in the one before (F33, F41)', async () => {
    const { log } = await openOn(disk, { segmentBytes: 300 });
    await log.append([record('facts/0', 'x'.repeat(300))]);
    const { end } = log;
    disk.restart(nothingUnsyncedSurvives);
    await overwrite(disk, `log-${String(end).padStart(16, '0')}.seg`, 0, new Uint8Array(100));
    const earlier = { disk, clock: manualClock(1000), logger: recordingLogger(), metrics: recordingMetrics() };
    const reopened = await openSegmentLog({ scanFrom: end }, earlier);
    const claim = (await collect(reopened.read(end)))[0];
    expect(claim).toMatchObject({ position: end, payload: '{"kind":"claim","epoch":2}', timeMs: 1_700_000_000_000 });
    await reopened.close();
  });

  // The claim of the second start goes to a segment of its own, so its sync does not cover the first.
  test.each([1_000_000, 60])(
    'what a killed process left unsynced is made durable before it is read (F32, I15), segments of %i',
    async (segmentBytes) => {
      const { log } = await openOn(disk, { segmentBytes: 1_000_000 });
      disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'crash', when: 'before' } : null);
      await expect(log.append([record('facts/0', 'unacknowledged')])).rejects.toThrow();
      disk.decideFault = () => null;
      disk.restartProcess();
      const second = await openOn(disk, { segmentBytes });
      const seen = await all(second.log.read(0));
      expect(seen).toHaveLength(1);
      disk.restart(nothingUnsyncedSurvives);
      const third = await openOn(disk);
      expect(await all(third.log.read(0))).toEqual(seen);
      await third.log.close();
    },
  );
});

describe('a disk that fails under the segment log', () => {
  test('an fsync that fails once kills the log: no retry, and what it lost is not acknowledged (F35)', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk);
    const kept = await log.append([record('facts/0', 'kept')]);
    const operations: DiskOperation[] = [];
    let failures = 0;
    disk.decideFault = (operation) => {
      operations.push(operation);
      return operation.kind === 'data_sync' && failures++ === 0 ? { kind: 'fail', code: 'EIO' } : null;
    };
    await expect(log.append([record('facts/0', 'lost')])).rejects.toMatchObject({ code: 'log_failed' });
    await expect(log.append([record('facts/0', 'too late')])).rejects.toMatchObject({ code: 'log_failed' });
    expect(await log.failed).toMatchObject({ code: 'EIO' });
    await log.close();
    expect(operations.map(({ kind }) => kind)).toEqual(['write', 'data_sync']);
    disk.restart(nothingUnsyncedSurvives);
    const reopened = await openOn(disk);
    expect((await all(reopened.log.read(0))).map(({ position }) => position)).toEqual(kept);
    await reopened.log.close();
  });

  test('a full disk kills the log; with room again, it opens with all that was acknowledged (F37)', async () => {
    const disk = new MemoryDisk({ capacityBytes: 3000 });
    const { log } = await openOn(disk);
    const acknowledged: Position[] = [];
    const fill = async (): Promise<void> => {
      for (;;) acknowledged.push(...(await log.append([record('facts/0', 'x'.repeat(200))])));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'log_failed' });
    expect(await log.failed).toMatchObject({ code: 'ENOSPC' });
    await log.close();
    disk.capacityBytes = 10_000;
    const reopened = await openOn(disk);
    expect((await all(reopened.log.read(0))).map(({ position }) => position)).toEqual(acknowledged);
    expect(acknowledged.length).toBeGreaterThan(5);
    await reopened.log.close();
  });

  test('a write cut short by a full disk leaves a torn tail (F33, F37)', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk);
    disk.decideFault = ({ kind }) => (kind === 'write' ? { kind: 'short_write', bytes: 50, code: 'ENOSPC' } : null);
    await expect(log.append([record('facts/0', 'x'.repeat(200))])).rejects.toMatchObject({ code: 'log_failed' });
    await log.close();
    disk.decideFault = () => null;
    const reopened = await openOn(disk);
    expect(await all(reopened.log.read(0))).toEqual([]);
    expect(reopened.metrics.values.get('txtrail_log_torn_bytes_total')).toBe(50);
    await reopened.log.close();
  });

  test.each(['create', 'sync_directory', 'write', 'data_sync'] as const)(
    'a %s that fails when a segment is begun kills the log (F37)',
    async (kind) => {
      const disk = new MemoryDisk();
      const { log } = await openOn(disk, { segmentBytes: 200 });
      disk.decideFault = (operation) => (operation.kind === kind ? { kind: 'fail', code: 'EROFS' } : null);
      await expect(log.append([record('facts/0', 'x'.repeat(200))])).rejects.toMatchObject({ code: 'log_failed' });
      await log.close();
      disk.decideFault = () => null;
      disk.restart(nothingUnsyncedSurvives);
      await (await openOn(disk)).log.close();
    },
  );

  test('a disk that cannot be written to stops the start, and gives the lock back (F37)', async () => {
    const disk = new MemoryDisk();
    disk.decideFault = ({ kind }) => (kind === 'write' ? { kind: 'fail', code: 'EROFS' } : null);
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'log_failed' });
    disk.decideFault = ({ kind }) => (kind === 'open' ? { kind: 'fail', code: 'EIO' } : null);
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'log_failed' });
    disk.decideFault = () => null;
    await (await openOn(disk)).log.close();
  });
});

function asVersion(version: number, position: Position): Buffer {
  const bytes = Buffer.alloc(500);
  const context = { epoch: 1, groupStart: position, timeMs: 0 };
  const length = encodeRecord(bytes, 0, position, record('facts/0', '{}'), context);
  bytes[8] = version;
  bytes.writeUInt32LE(crc32(bytes.subarray(8, length)), 4);
  return bytes.subarray(0, length);
}
