import { assert } from '../../lib/assert.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Disk, DiskLock } from '../../ports/disk.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Position } from '../../ports/record-log.ts';

/** Every limit of the embedded log. The size of one record is bounded by its format (`maxRecordBytes`). */
export interface SegmentLogOptions {
  /** A segment is closed before it would grow beyond this; a larger group has one of its own. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Bytes that may wait to become durable; also the largest single append. Default 64 MiB. */
  readonly waitingBytesLimit?: number;
  /** A group takes no further call beyond this: the next one is started. Default 8 MiB. */
  readonly groupBytes?: number;
  /** Bytes asked for at once when the log is read in order. Default 1 MiB. */
  readonly readBytes?: number;
  /** Segments kept open for reading. Default 64. */
  readonly openSegmentsLimit?: number;
  /** Reads by position on their way to the disk at once, for one call. Default 16. */
  readonly parallelReadsLimit?: number;
  /** A snapshot's position: all below it was durable once, so damage there is never a torn tail. Default 0. */
  readonly durableUpTo?: Position;
  /** Where the caller will read from: whole segments below are checked for presence and size only. Default: the oldest. */
  readonly scanFrom?: Position | undefined;
}

export interface SegmentLogDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The disk's lock where the caller holds it already, and lets go of it; otherwise the log takes and releases it. */
  readonly lock?: DiskLock;
}

export type SegmentLogLimits = Required<Omit<SegmentLogOptions, 'scanFrom' | 'durableUpTo'>>;

const mebibyte = 1024 * 1024;

export const defaultSegmentLogLimits: SegmentLogLimits = {
  segmentBytes: 64 * mebibyte,
  waitingBytesLimit: 64 * mebibyte,
  groupBytes: 8 * mebibyte,
  readBytes: mebibyte,
  openSegmentsLimit: 64,
  parallelReadsLimit: 16,
};

export function segmentLogLimits(options: SegmentLogOptions): SegmentLogLimits {
  const limits = {
    segmentBytes: options.segmentBytes ?? defaultSegmentLogLimits.segmentBytes,
    waitingBytesLimit: options.waitingBytesLimit ?? defaultSegmentLogLimits.waitingBytesLimit,
    groupBytes: options.groupBytes ?? defaultSegmentLogLimits.groupBytes,
    readBytes: options.readBytes ?? defaultSegmentLogLimits.readBytes,
    openSegmentsLimit: options.openSegmentsLimit ?? defaultSegmentLogLimits.openSegmentsLimit,
    parallelReadsLimit: options.parallelReadsLimit ?? defaultSegmentLogLimits.parallelReadsLimit,
  };
  for (const [name, value] of Object.entries(limits)) {
    assert(Number.isSafeInteger(value) && value > 0, `${name} must be a positive integer, not ${value}`);
  }
  return limits;
}
