import { TxTrailError } from '../../lib/error.ts';
import { Followers } from '../../lib/followers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Disk, DiskLock } from '../../ports/disk.ts';
import type { Follower, LogRecord, NewRecord, Position, RecordLog } from '../../ports/record-log.ts';
import { type AppendCall, AppendGroup } from './append-group.ts';
import { failedError, missingError } from './log-fault.ts';
import type { LogMetrics } from './log-metrics.ts';
import { recordBytes } from './record-format.ts';
import type { RecordReader } from './record-reader.ts';
import { type Segment, segmentEnd } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentLogLimits } from './segment-log-options.ts';
import type { SegmentWriter } from './segment-writer.ts';

export interface SegmentLogState {
  readonly segments: Segment[];
  /** This writer's epoch, above every epoch in the log. */
  readonly epoch: number;
  /** Time of the last record: the next is not earlier. */
  readonly lastTimeMs: number;
  /** Null where the caller of the open holds the lock. */
  readonly lock: DiskLock | null;
}

export interface SegmentLogParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly metrics: LogMetrics;
  readonly files: SegmentFiles;
  readonly reader: RecordReader;
  readonly writer: SegmentWriter;
}

interface WaitingCall extends AppendCall {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
}

/**
 * The embedded log: one endless row of bytes, cut into segment files; a position is the offset of a
 * record's first byte. Made by `openSegmentLog`.
 *
 * One group is on its way to the disk at a time; what is appended meanwhile makes the next one, so
 * groups grow with the load and nobody waits for a timer. When a group is durable, followers that
 * have caught up get it first, then the calls of `append` resolve: who waited for its append finds
 * it applied. The first write or sync that fails ends the log: nothing is tried again, since pages
 * of a failed sync are lost though they read back well.
 */
export class SegmentLog implements RecordLog {
  readonly failed: Promise<Error>;
  readonly #settleFailed: (cause: Error) => void;
  readonly #limits: SegmentLogLimits;
  readonly #state: SegmentLogState;
  readonly #parts: SegmentLogParts;
  readonly #followers: Followers<LogRecord>;
  /** The first is on its way to the disk while `#isWriting`; the last one takes what comes. */
  readonly #groups: AppendGroup[] = [];
  /** Calls beyond the bound, each holding its caller. */
  readonly #waitingCalls: WaitingCall[] = [];
  #spareBuffer: Buffer | null = null;
  #lastTimeMs: number;
  #end: Position;
  #waitingBytes = 0;
  #flushing: Promise<void> | null = null;
  #isFlushScheduled = false;
  #isWriting = false;
  #trimming: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #failure: TxTrailError | null = null;

  constructor(limits: SegmentLogLimits, state: SegmentLogState, parts: SegmentLogParts) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#settleFailed = resolve;
    this.#limits = limits;
    this.#state = state;
    this.#parts = parts;
    this.#lastTimeMs = state.lastTimeMs;
    this.#end = segmentEnd(state.segments.at(-1) as Segment);
    this.#followers = new Followers({
      end: () => this.#end,
      batches: (from, to) => parts.reader.batches(from, to),
      fail: (cause) => this.#fail(cause),
    });
  }

  get start(): Position {
    return (this.#state.segments[0] as Segment).base;
  }

  get end(): Position {
    return this.#end;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  async append(
    records: readonly NewRecord[],
    options: { readonly mayReject?: boolean } = {},
  ): Promise<readonly Position[]> {
    this.#assertUsable();
    let bytes = 0;
    for (const record of records) bytes += recordBytes(record);
    if (records.length === 0) return [];
    this.#assertFits(bytes);
    const mustWait = this.#waitingCalls.length > 0 || this.#waitingBytes + bytes > this.#limits.waitingBytesLimit;
    if (mustWait && options.mayReject === true) throw this.#overloaded();
    return new Promise((resolve, reject) => {
      const call = { records, bytes, resolve, reject };
      if (mustWait) this.#waitingCalls.push(call);
      else this.#enqueue(call);
    });
  }

  read(from: Position): AsyncIterable<LogRecord> {
    this.#assertUsable();
    this.#assertReadable(from);
    return singly(this.#parts.reader.batches(from, this.#end));
  }

  async readAt(positions: readonly Position[]): Promise<readonly LogRecord[]> {
    this.#assertUsable();
    return this.#parts.reader.readAt(positions, this.#end);
  }

  follow(from: Position, sink: (records: readonly LogRecord[]) => void): Follower {
    this.#assertUsable();
    this.#assertReadable(from);
    return this.#followers.add(from, sink);
  }

  trim(before: Position): Promise<void> {
    const trimmed = this.#trimming.then(() => this.#trim(before));
    this.#trimming = trimmed.catch(() => {
      // The caller of this trim is told; the next one only waits for its end.
    });
    return trimmed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #enqueue(call: WaitingCall): void {
    this.#waitingBytes += call.bytes;
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.#parts.clock.now());
    const writer = { epoch: this.#state.epoch, timeMs: this.#lastTimeMs };
    this.#openGroup(call.bytes).add(call.records, call.bytes, writer, call);
    this.#scheduleFlush();
  }

  /**
   * Calls made in the same turn of the event loop share a group, unless it has grown enough to be
   * worth a sync of its own: then the disk works while the rest is encoded.
   */
  #scheduleFlush(): void {
    if (this.#flushing !== null) return;
    if ((this.#groups[0]?.length ?? 0) >= eagerBytes) {
      this.#startFlush();
    } else if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      queueMicrotask(() => this.#startFlush());
    }
  }

  #startFlush(): void {
    this.#isFlushScheduled = false;
    if (this.#flushing === null && this.#groups.length > 0) this.#flushing = this.#flush();
  }

  /** The group that takes the next call: the last one, unless it is on its way to the disk or full. */
  #openGroup(bytes: number): AppendGroup {
    const last = this.#groups.at(-1);
    const isOnItsWay = this.#groups.length === 1 && this.#isWriting;
    if (last !== undefined && !isOnItsWay && last.length + bytes <= this.#limits.groupBytes) return last;
    const group = new AppendGroup(last?.end ?? this.#end, this.#spareBuffer ?? Buffer.allocUnsafeSlow(firstGroupBytes));
    this.#spareBuffer = null;
    this.#groups.push(group);
    return group;
  }

  /** Writes group after group until none is left or the log has failed. Never rejects. */
  async #flush(): Promise<void> {
    for (let group = this.#groups[0]; group !== undefined; group = this.#groups[0]) {
      const startedMs = this.#parts.clock.monotonic();
      this.#isWriting = true;
      try {
        await this.#parts.writer.write(group);
      } catch (cause) {
        this.#fail(cause);
      }
      this.#isWriting = false;
      // A sink may have failed the log meanwhile: its callers were told, so nothing may become of the group.
      if (this.#failure !== null) break;
      this.#measure(group, this.#parts.clock.monotonic() - startedMs);
      this.#onDurable(group);
    }
    this.#flushing = null;
  }

  #onDurable(group: AppendGroup): void {
    this.#groups.shift();
    this.#end = group.end;
    this.#waitingBytes -= group.length;
    // Resolved first, so that a sink that throws cannot take back what is durable; the callers run later.
    group.resolve();
    this.#followers.onGroup(group.records, group.end);
    if (group.buffer.length <= this.#limits.groupBytes) this.#spareBuffer = group.buffer;
    this.#admitWaitingCalls();
  }

  #admitWaitingCalls(): void {
    for (let call = this.#waitingCalls[0]; call !== undefined; call = this.#waitingCalls[0]) {
      if (this.#waitingBytes + call.bytes > this.#limits.waitingBytesLimit) return;
      this.#waitingCalls.shift();
      this.#enqueue(call);
    }
  }

  #measure(group: AppendGroup, durationMs: number): void {
    const { metrics } = this.#parts;
    metrics.syncSeconds.observe(durationMs / 1000);
    metrics.groupBytes.observe(group.length);
    metrics.appendedRecords.add(group.records.length);
    metrics.appendedBytes.add(group.length);
    metrics.waitingBytes.set(this.#waitingBytes - group.length);
    metrics.segments.set(this.#state.segments.length);
  }

  /** The end of this log: everything that waits is refused, and so is all that comes. */
  #fail(cause: unknown): void {
    if (this.#failure !== null) return;
    const failure = failedError(cause);
    this.#failure = failure;
    this.#followers.stopAll();
    for (const group of this.#groups.splice(0)) group.reject(failure);
    for (const call of this.#waitingCalls.splice(0)) call.reject(failure);
    this.#waitingBytes = 0;
    this.#settleFailed(cause instanceof Error ? cause : failure);
  }

  async #trim(before: Position): Promise<void> {
    this.#assertUsable();
    const { segments } = this.#state;
    try {
      // One at a time: a crash may undo a removal, but must not leave a hole.
      for (let oldest = segments[0]; oldest !== undefined && segments.length > 1; oldest = segments[0]) {
        if (segmentEnd(oldest) > before) return;
        segments.shift();
        await this.#parts.files.forget(oldest);
        await this.#parts.disk.remove(oldest.name);
        await this.#parts.disk.syncDirectory();
        this.#parts.metrics.segments.set(segments.length);
      }
    } catch (cause) {
      this.#fail(cause);
      throw failedError(cause);
    }
  }

  async #close(): Promise<void> {
    await this.#trimming;
    await this.#flushed();
    if (this.#failure === null) await this.#appendClosed();
    // A failed log says so through `failed` and to its callers; what remains is to let go.
    this.#followers.stopAll();
    await this.#parts.files.close();
    await this.#parts.writer.close();
    await this.#state.lock?.release();
  }

  /** The last record of a clean end. It proves that all before it was durable, so damage there will never pass for a torn tail. */
  async #appendClosed(): Promise<void> {
    const records: readonly NewRecord[] = [{ stream: 'journal/0', payload: JSON.stringify({ kind: 'closed' }) }];
    const bytes = recordBytes(records[0] as NewRecord);
    await new Promise<void>((resolve) => {
      this.#enqueue({ records, bytes, resolve: () => resolve(), reject: () => resolve() });
    });
    await this.#flushed();
  }

  /** Resolves when nothing waits and nothing is on its way to the disk. */
  async #flushed(): Promise<void> {
    for (this.#startFlush(); this.#flushing !== null; this.#startFlush()) await this.#flushing;
  }

  #assertUsable(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closing !== null) throw new TxTrailError('log_closed', 'The log was closed.');
  }

  #assertReadable(from: Position): void {
    if (from < this.start) throw missingError(from, `the log begins at ${this.start}`);
    if (from > this.#end) throw missingError(from, `the log ends at ${this.#end}`);
  }

  #assertFits(bytes: number): void {
    const limit = this.#limits.waitingBytesLimit;
    if (bytes <= limit) return;
    throw new TxTrailError(
      'append_too_large',
      `An append of ${bytes} bytes is over the ${limit} that may wait at once.`,
      {
        facts: { bytes, limit },
      },
    );
  }

  #overloaded(): TxTrailError {
    this.#parts.metrics.refusedAppends.add();
    return new TxTrailError('overloaded', 'Too much waits to be written to the log. Try again later.', {
      retryable: true,
      facts: { waitingBytes: this.#waitingBytes, limit: this.#limits.waitingBytesLimit },
    });
  }
}

async function* singly(batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<LogRecord> {
  for await (const records of batches) yield* records;
}

/** About as many bytes as are encoded while a fast disk syncs once. */
const eagerBytes = 64 * 1024;

/** What a group's buffer begins with; it doubles as needed and is used again. */
const firstGroupBytes = 64 * 1024;
