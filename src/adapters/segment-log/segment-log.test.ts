import { describe, expect, test } from 'vitest';
import { all, collect, recordLogSuite, record } from '../../../test/conformance/record-log.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import type { LogRecord, Position, RecordLog } from '../../ports/record-log.ts';
import { everythingSurvives, nothingUnsyncedSurvives } from '../memory/disk-fault.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { openSegmentLog } from './open-segment-log.ts';
import { encodeRecord, maxRecordBytes } from './record-format.ts';
import type { SegmentLogOptions } from './segment-log-options.ts';

recordLogSuite('segment log', async ({ clock, waitingBytesLimit }) => {
  const disk = new MemoryDisk();
  const options = { waitingBytesLimit, segmentBytes: 4096, readBytes: 700 };
  const deps = { disk, clock, logger: recordingLogger(), metrics: recordingMetrics() };
  const log = await openSegmentLog(options, deps);
  return {
    log,
    breakStorage: () => {
      disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'fail', code: 'EIO' } : null);
    },
    holdWrites: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      disk.decideFault = ({ kind }) => (kind === 'write' ? { kind: 'delay', until: promise } : null);
      return () => {
        disk.decideFault = () => null;
        resolve();
      };
    },
    dispose: () => log.close(),
  };
});

async function openOn(disk: MemoryDisk, options: SegmentLogOptions = {}) {
  const logger = recordingLogger();
  const metrics = recordingMetrics();
  const clock = manualClock();
  const log = await openSegmentLog(
    { segmentBytes: 4096, readBytes: 700, ...options },
    { disk, clock, logger, metrics },
  );
  return { log, logger, metrics, clock };
}

async function appendMany(log: RecordLog, count: number, payloadBytes = 300): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for (let index = 0; index < count; index += 1) {
    positions.push(...(await log.append([record('events/7', `${index} ${'x'.repeat(payloadBytes)}`)])));
  }
  return positions;
}

/** What a writer of that epoch would leave at the end of the first segment. */
async function writeAsEpoch(disk: MemoryDisk, epoch: number, position: Position, payload: string): Promise<void> {
  const bytes = Buffer.alloc(1000);
  const context = { epoch, groupStart: position, timeMs: 1_700_000_000_000 };
  const length = encodeRecord(bytes, 0, position, record('acks/0', payload), context);
  const file = await disk.open('log-0000000000000000.seg');
  await file.write(position, bytes.subarray(0, length));
}

describe('segment log', () => {
  test('after a restart everything is read as it was, under the same positions, and appending goes on', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    await appendMany(first.log, 40);
    const before = await all(first.log.read(0));
    await first.log.close();
    disk.restart(nothingUnsyncedSurvives);
    const second = await openOn(disk);
    expect(await all(second.log.read(0))).toEqual(before);
    const [next] = await second.log.append([record('events/7', 'next')]);
    expect(next).toBeGreaterThan(before.at(-1)?.position as number);
    expect((await disk.list()).length).toBeGreaterThan(3);
    await second.log.close();
  });

  test('each start claims the log with a higher epoch and a clean end is recorded', async () => {
    const disk = new MemoryDisk();
    for (let start = 0; start < 3; start += 1) await (await openOn(disk)).log.close();
    const { log } = await openOn(disk);
    const journal = (await collect(log.read(0))).map(({ stream, payload }) => `${stream} ${payload}`);
    expect(journal).toEqual([
      'journal/0 {"kind":"claim","epoch":1}',
      'journal/0 {"kind":"closed"}',
      'journal/0 {"kind":"claim","epoch":2}',
      'journal/0 {"kind":"closed"}',
      'journal/0 {"kind":"claim","epoch":3}',
      'journal/0 {"kind":"closed"}',
      'journal/0 {"kind":"claim","epoch":4}',
    ]);
    await log.close();
  });

  test('the time goes on from the last record, also across a restart with the clock set back (F41)', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    first.clock.nowMs += 60_000;
    await appendMany(first.log, 1);
    await first.log.close();
    const second = await openOn(disk);
    await appendMany(second.log, 1);
    const times = (await collect(second.log.read(0))).map(({ timeMs }) => timeMs);
    expect(times.at(-1)).toBe(1_700_000_060_000);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    await second.log.close();
  });

  test('what is appended while a group is on its way becomes one group', async () => {
    const disk = new MemoryDisk();
    const { log, metrics } = await openOn(disk, { segmentBytes: 1_000_000 });
    const before = metrics.values.get('txtrail_log_sync_seconds') as number;
    const first = log.append([record('acks/0', 'first')]);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, ...Array.from({ length: 500 }, (_, n) => log.append([record('acks/0', `${n}`)]))]);
    expect((metrics.values.get('txtrail_log_sync_seconds') as number) - before).toBe(2);
    expect(metrics.values.get('txtrail_log_appended_records_total')).toBe(502);
    expect(metrics.values.get('txtrail_log_appended_bytes_total')).toBe(log.end);
    await log.close();
  });

  test('a group takes no further call beyond its bytes', async () => {
    const disk = new MemoryDisk();
    const { log, metrics } = await openOn(disk, { groupBytes: 1000 });
    const before = metrics.values.get('txtrail_log_sync_seconds') as number;
    await Promise.all(Array.from({ length: 9 }, () => log.append([record('acks/0', 'x'.repeat(260))])));
    expect((metrics.values.get('txtrail_log_sync_seconds') as number) - before).toBe(3);
    await log.close();
  });

  test('records larger than what is read at once, or than a segment, are read whole', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk, { segmentBytes: 1000, readBytes: 64 });
    const payloads = [10, 5000, 1, 90_000, 400].map((length) => 'y'.repeat(length));
    const positions = (
      await Promise.all(payloads.map((payload) => log.append([record('blocks/eip155:1', payload)])))
    ).flat();
    expect((await all(log.read(0))).map(({ payload }) => payload.length)).toEqual([10, 5000, 1, 90_000, 400]);
    expect((await log.readAt(positions)).map(({ payload }) => payload)).toEqual(payloads);
    await log.close();
  });

  test('a record over the limit, one append over the bound and text that cannot be stored are refused; the log lives on (F30)', async () => {
    const { log } = await openOn(new MemoryDisk(), { waitingBytesLimit: 10_000 });
    await expect(log.append([record('acks/0', 'x'.repeat(maxRecordBytes))])).rejects.toMatchObject({
      code: 'record_too_large',
    });
    await expect(log.append([record('acks/0', 'x'.repeat(10_000))])).rejects.toMatchObject({
      code: 'append_too_large',
    });
    await expect(log.append([record('acks/0', '\ud800')])).rejects.toThrow('well-formed');
    expect(await log.append([record('acks/0', 'fine')])).toHaveLength(1);
    await log.close();
  });

  test('a position where no record begins is missing, not damage', async () => {
    const { log } = await openOn(new MemoryDisk());
    const [position] = await appendMany(log, 1);
    await expect(log.readAt([(position as number) + 5])).rejects.toMatchObject({ code: 'record_missing' });
    expect(() => log.read(log.end + 1)).toThrow(expect.objectContaining({ code: 'record_missing' }));
    await log.close();
  });

  test('a reader may begin anywhere: it gets what begins at or after its position', async () => {
    const { log } = await openOn(new MemoryDisk(), { segmentBytes: 1500 });
    const positions = await appendMany(log, 12, 150);
    for (let from = 0; from <= log.end; from += 1) {
      const [first] = await all(log.read(from));
      expect(first?.position).toBe(positions.find((position) => position >= from));
    }
    await log.close();
  });

  test('a follower that lags reads the segments and joins without a gap', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk);
    const old = await appendMany(log, 60);
    const seen: Position[] = [];
    log.follow(old[5] as Position, (records) => void seen.push(...records.map(({ position }) => position)));
    const fresh = await appendMany(log, 60);
    await expect.poll(() => seen.length).toBe(115);
    expect(seen).toEqual([...old.slice(5), ...fresh]);
    await log.close();
  });

  test('a segment counts only with its directory entry synced: the entry is there after a power cut (F32)', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk, { segmentBytes: 1000 });
    const positions = await appendMany(log, 20);
    disk.restart(nothingUnsyncedSurvives);
    const reopened = await openOn(disk);
    expect((await all(reopened.log.read(0))).map(({ position }) => position)).toEqual(positions);
    await reopened.log.close();
  });

  test('trim removes whole segments, oldest first, and the log opens again from there', async () => {
    const disk = new MemoryDisk();
    const { log, metrics } = await openOn(disk);
    const positions = await appendMany(log, 60);
    await log.trim(positions[40] as Position);
    const kept = await all(log.read(log.start));
    expect(metrics.values.get('txtrail_log_segments')).toBe((await disk.list()).length);
    await log.trim(log.end);
    expect(await disk.list()).toHaveLength(1);
    await log.close();
    disk.restart(nothingUnsyncedSurvives);
    const reopened = await openOn(disk);
    expect(kept.slice(-2)).toEqual((await all(reopened.log.read(reopened.log.start))).slice(-2));
    await reopened.log.close();
  });

  test('with scanFrom, older segments are not read at the start, only when asked for', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    const positions = await appendMany(first.log, 60);
    await first.log.close();
    disk.flipBit('log-0000000000000000.seg', 500);
    const second = await openOn(disk, { scanFrom: positions[50] as Position });
    expect(await all(second.log.read(positions[50] as Position))).toHaveLength(10);
    const position = positions.findLast((one) => one <= 500);
    await expect(all(second.log.read(0))).rejects.toMatchObject({ code: 'log_corrupt', facts: { position } });
    await second.log.close();
  });

  test('damage found by a follower ends the log (I22)', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk);
    const positions = await appendMany(log, 10);
    disk.flipBit('log-0000000000000000.seg', (positions[4] as number) + 60);
    const seen: LogRecord[] = [];
    log.follow(0, (records) => void seen.push(...records));
    expect(await log.failed).toMatchObject({ code: 'log_corrupt', facts: { position: positions[4] } });
    expect(seen.every(({ position }) => position < (positions[4] as number))).toBe(true);
    await log.close();
  });

  test('readAt tells a damaged record from one that is not there (I22)', async () => {
    const disk = new MemoryDisk();
    const { log } = await openOn(disk);
    const positions = await appendMany(log, 10);
    disk.flipBit('log-0000000000000000.seg', (positions[4] as number) + 60);
    await expect(log.readAt([positions[4] as Position])).rejects.toMatchObject({ code: 'log_corrupt' });
    expect(await log.readAt([positions[5] as Position])).toHaveLength(1);
    await log.close();
  });

  test('records of a writer that was followed by another are ignored, counted, and told once (F24, I13)', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    await appendMany(first.log, 1);
    await first.log.close();
    const second = await openOn(disk);
    const end = second.log.end;
    disk.restart(everythingSurvives);
    await writeAsEpoch(disk, 1, end, 'stale');
    const third = await openOn(disk);
    expect((await all(third.log.read(0))).map(({ payload }) => payload[0])).toEqual(['0']);
    expect(third.metrics.values.get('txtrail_log_stale_records_total')).toBe(1);
    expect(third.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await third.log.close();
  });

  test('a lock that the caller holds is left to the caller', async () => {
    const disk = new MemoryDisk();
    const lock = await disk.lock();
    const deps = { disk, lock, clock: manualClock(), logger: recordingLogger(), metrics: recordingMetrics() };
    const log = await openSegmentLog({}, deps);
    await log.close();
    await expect(disk.lock()).rejects.toMatchObject({ code: 'data_dir_locked' });
    await lock.release();
    const again = await openOn(disk);
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'data_dir_locked' });
    await again.log.close();
  });
});
