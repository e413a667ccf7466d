import { InvariantError } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Disk, DiskFile, DiskLock } from '../../ports/disk.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NewRecord, RecordLog } from '../../ports/record-log.ts';
import { failedError } from './log-fault.ts';
import { createLogMetrics, type LogMetrics } from './log-metrics.ts';
import { RecordReader } from './record-reader.ts';
import { type ScanResult, scanSegments } from './recovery-scan.ts';
import { listSegments, type Segment, segmentName } from './segment.ts';
import { SegmentFiles } from './segment-files.ts';
import { SegmentLog } from './segment-log.ts';
import {
  type SegmentLogDeps,
  type SegmentLogLimits,
  type SegmentLogOptions,
  segmentLogLimits,
} from './segment-log-options.ts';
import { SegmentWriter } from './segment-writer.ts';

/**
 * Opens the log of a data directory, making it where there is none: takes the lock, checks what is
 * there, cuts off a torn tail (with a warning), and claims the log for this writer with a durable
 * `{"kind":"claim","epoch":…}` on `journal/0`.
 *
 * @throws TxTrailError `data_dir_locked`; or a diagnosis, and then nothing was changed:
 *   `log_corrupt`, `log_segment_missing`, `log_version_unknown`, `log_shorter_than_snapshot`;
 *   or `log_failed` where the disk refused to be written to.
 */
export async function openSegmentLog(options: SegmentLogOptions, deps: SegmentLogDeps): Promise<RecordLog> {
  const limits = segmentLogLimits(options);
  const ownLock = deps.lock === undefined ? await deps.disk.lock() : null;
  const files = new SegmentFiles(limits, deps.disk);
  try {
    const segments = await listSegments(deps.disk);
    const scan = await scanSegments(segments, files, {
      readBytes: limits.readBytes,
      durableUpTo: options.durableUpTo ?? 0,
      scanFrom: options.scanFrom,
    });
    return await resume(limits, deps, { segments, files, scan, lock: ownLock });
  } catch (error) {
    await files.close();
    await ownLock?.release();
    throw error instanceof TxTrailError || error instanceof InvariantError ? error : failedError(error);
  }
}

interface CheckedLog {
  readonly segments: Segment[];
  readonly files: SegmentFiles;
  readonly scan: ScanResult;
  readonly lock: DiskLock | null;
}

/** The log was found good; from here on the disk is written to. */
async function resume(limits: SegmentLogLimits, deps: SegmentLogDeps, checked: CheckedLog): Promise<RecordLog> {
  const { disk, clock, logger } = deps;
  const { segments, files, scan, lock } = checked;
  const metrics = createLogMetrics(deps.metrics);
  const tail = await openTail(disk, segments);
  try {
    await repairTail(tail, segments.at(-1) as Segment, scan, logger, metrics);
    await rewriteLastGroup(tail, segments.at(-1) as Segment, scan);
    // What the last process wrote but did not live to sync is read from now on, so it must be durable.
    await tail.dataSync();
    await disk.syncDirectory();
  } catch (error) {
    await tail.close();
    throw error;
  }
  const epoch = scan.floors.highest + 1;
  const reader = new RecordReader(limits, { segments, files, floors: scan.floors, logger, metrics });
  const writer = new SegmentWriter(limits, { disk, segments, tail });
  const state = { segments, epoch, lastTimeMs: scan.lastTimeMs, lock };
  const log = new SegmentLog(limits, state, { disk, clock, metrics, files, reader, writer });
  try {
    const claim: NewRecord = { stream: 'journal/0', payload: JSON.stringify({ kind: 'claim', epoch }) };
    const [position] = await log.append([claim]);
    scan.floors.note(position as number, epoch);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function openTail(disk: Disk, segments: Segment[]): Promise<DiskFile> {
  const last = segments.at(-1);
  if (last !== undefined) return disk.open(last.name);
  const first: Segment = { name: segmentName(0), base: 0, bytes: 0 };
  const file = await disk.open(first.name, { create: true });
  segments.push(first);
  return file;
}

/**
 * Where the last process ended because its sync failed, what it wrote is still read back, but the
 * kernel takes it for written (its pages are clean) and no sync would write it any more. Only the
 * last group can be so, since the next one waits for its sync; written again, it is dirty again.
 */
async function rewriteLastGroup(tail: DiskFile, segment: Segment, scan: ScanResult): Promise<void> {
  const from = Math.max(scan.lastGroup, segment.base);
  if (from >= scan.end) return;
  const offset = from - segment.base;
  await tail.write(offset, await tail.read(offset, scan.end - from));
}

async function repairTail(
  tail: DiskFile,
  segment: Segment,
  scan: ScanResult,
  logger: Logger,
  metrics: LogMetrics,
): Promise<void> {
  if (scan.tornBytes === 0) return;
  logger.warn('The log ended in a write that was cut short; what was never acknowledged is cut off', {
    segment: segment.name,
    position: scan.end,
    bytes: scan.tornBytes,
    reason: scan.tornReason,
  });
  metrics.tornBytes.add(scan.tornBytes);
  await tail.truncate(scan.end - segment.base);
  segment.bytes = scan.end - segment.base;
}
