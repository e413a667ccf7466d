import { TxTrailError } from '../../lib/error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Follower, LogRecord, NewRecord, Position, RecordLog } from '../../ports/record-log.ts';

export interface MemoryLogOptions {
  /** UTF-16 units of payload that may wait; beyond it an append that may be rejected is. Default 64 Mi. */
  readonly waitingBytesLimit?: number;
}

export interface MemoryLogDeps {
  readonly clock: Clock;
}

interface MemoryFollower {
  next: number;
  isStopped: boolean;
  readonly sink: (records: readonly LogRecord[]) => void;
}

interface MemoryCall {
  readonly records: readonly NewRecord[];
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A log that lives as long as its process: "durable" is "in memory". For tests of what stands on a
 * log; it keeps the port's promises of order, visibility and failure, and writes no records of its
 * own. Positions are indexes.
 */
export class MemoryLog implements RecordLog {
  readonly failed: Promise<Error>;
  readonly #settleFailed: (cause: Error) => void;
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #followers = new Set<MemoryFollower>();
  /** The record at position `start + index`. */
  #records: LogRecord[] = [];
  #start = 0;
  #waiting: MemoryCall[] = [];
  #waitingBytes = 0;
  #lastTimeMs = 0;
  #failure: TxTrailError | null = null;
  #isClosed = false;
  #isHeld = false;

  constructor(options: MemoryLogOptions, deps: MemoryLogDeps) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#settleFailed = resolve;
    this.#limit = options.waitingBytesLimit ?? 64 * 1024 * 1024;
    this.#clock = deps.clock;
  }

  get start(): Position {
    return this.#start;
  }

  get end(): Position {
    return this.#start + this.#records.length;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  async append(
    records: readonly NewRecord[],
    options: { readonly mayReject?: boolean } = {},
  ): Promise<readonly Position[]> {
    this.#assertUsable();
    if (records.length === 0) return [];
    const bytes = sizeOf(records);
    if (options.mayReject === true && this.#waitingBytes + bytes > this.#limit) {
      throw new TxTrailError('overloaded', 'Too much waits to be written to the log.', { retryable: true });
    }
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0 && !this.#isHeld) queueMicrotask(() => this.#flush());
      this.#waiting.push({ records, resolve, reject });
      this.#waitingBytes += bytes;
    });
  }

  read(from: Position): AsyncIterable<LogRecord> {
    this.#assertUsable();
    this.#assertReadable(from);
    return singly(this.#records.slice(from - this.#start));
  }

  async readAt(positions: readonly Position[]): Promise<readonly LogRecord[]> {
    this.#assertUsable();
    return positions.map((position) => {
      const record = this.#records[position - this.#start];
      if (record === undefined) throw missing(position);
      return record;
    });
  }

  follow(from: Position, sink: (records: readonly LogRecord[]) => void): Follower {
    this.#assertUsable();
    this.#assertReadable(from);
    const follower = { next: from, isStopped: false, sink };
    this.#followers.add(follower);
    queueMicrotask(() => this.#deliver(follower));
    return {
      stop: () => {
        follower.isStopped = true;
        this.#followers.delete(follower);
      },
    };
  }

  async trim(before: Position): Promise<void> {
    this.#assertUsable();
    // Whoever has just begun to follow is still owed what goes now.
    for (const follower of [...this.#followers]) this.#deliver(follower);
    const count = Math.max(0, Math.min(before, this.end) - this.#start);
    this.#records = this.#records.slice(count);
    this.#start += count;
  }

  async close(): Promise<void> {
    this.#flush();
    this.#isClosed = true;
    this.#stopFollowers();
  }

  /** Ends the log as a failed disk would. */
  fail(cause: Error): void {
    if (this.#failure !== null) return;
    this.#failure = new TxTrailError('log_failed', `The log failed for good (${cause.message}).`, { cause });
    this.#stopFollowers();
    for (const call of this.#waiting.splice(0)) call.reject(this.#failure);
    this.#waitingBytes = 0;
    this.#settleFailed(cause);
  }

  /** Makes appended records wait, as a slow disk would, until the returned function is called. */
  hold(): () => void {
    this.#isHeld = true;
    return () => {
      this.#isHeld = false;
      this.#flush();
    };
  }

  #flush(): void {
    if (this.#failure !== null) return;
    const calls = this.#waiting.splice(0);
    this.#waitingBytes = 0;
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.#clock.now());
    for (const call of calls) {
      const first = this.end;
      for (const [index, { stream, payload }] of call.records.entries()) {
        this.#records.push({ stream, position: first + index, timeMs: this.#lastTimeMs, payload });
      }
      call.resolve(call.records.map((_, index) => first + index));
    }
    for (const follower of [...this.#followers]) this.#deliver(follower);
  }

  #deliver(follower: MemoryFollower): void {
    if (follower.isStopped || follower.next === this.end) return;
    const records = this.#records.slice(follower.next - this.#start);
    follower.next = this.end;
    try {
      follower.sink(records);
    } catch (cause) {
      this.fail(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }

  #stopFollowers(): void {
    for (const follower of this.#followers) follower.isStopped = true;
    this.#followers.clear();
  }

  #assertUsable(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#isClosed) throw new TxTrailError('log_closed', 'The log was closed.');
  }

  #assertReadable(from: Position): void {
    if (from < this.#start || from > this.end) throw missing(from);
  }
}

function missing(position: Position): TxTrailError {
  return new TxTrailError('record_missing', `The log has no record at ${position}.`, { facts: { position } });
}

function sizeOf(records: readonly NewRecord[]): number {
  return records.reduce((sum, { payload }) => sum + payload.length, 0);
}

async function* singly(records: readonly LogRecord[]): AsyncGenerator<LogRecord> {
  yield* records;
}
