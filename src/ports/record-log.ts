import type { StreamName } from '../core/records/stream.ts';

/** A record's place in the log. Rises along every stream; may skip. Safe integers only. */
export type Position = number;

export interface NewRecord {
  readonly stream: StreamName;
  /** JSON text; the log neither reads nor changes it. */
  readonly payload: string;
}

export interface LogRecord {
  readonly stream: StreamName;
  readonly position: Position;
  /** The log's wall clock when it was appended, Unix milliseconds; never falls from one record to the next. */
  readonly timeMs: number;
  readonly payload: string;
}

/**
 * The log between the stages: many named streams, appended to durably and read in order. Its
 * contract, which `test/conformance/record-log.ts` holds every adapter to:
 *
 * - `append` resolves only when all its records would survive a crash at the next instruction;
 *   records of one call keep their order, and calls keep theirs. A log over many streams of a broker
 *   keeps this order within each stream; one that has a single row of records keeps it across them.
 * - Readers and followers see only durable records, each exactly once, in the order of `position`.
 * - A write or flush that fails is final: the log rejects everything from then on (`log_failed`)
 *   and `failed` settles; the process must end and a restart replays.
 */
export interface RecordLog {
  /** The oldest position still kept. */
  readonly start: Position;
  /** Where the next durable record will stand: every record below it is durable. */
  readonly end: Position;
  /** Bytes (or an adapter's nearest measure) that wait to become durable. */
  readonly waitingBytes: number;
  /** Settles, with the cause, when the log has failed for good; never rejects. */
  readonly failed: Promise<Error>;

  /**
   * Gives the records' positions, in order, once durable. −1 stands for a record of a stream that this
   * log does not read: it is durable there, and has no position here.
   * @throws TxTrailError `overloaded` (retryable) when more than the log's bound already waits
   *   and `options.mayReject` is true; without it the call waits its turn.
   * @throws TxTrailError `log_failed` after a failed write.
   */
  append(records: readonly NewRecord[], options?: { readonly mayReject?: boolean }): Promise<readonly Position[]>;

  /** The records from `from` up to the durable end as it stands at the call. */
  read(from: Position): AsyncIterable<LogRecord>;

  /** The records at these positions, in the order asked. Throws `record_missing` where none is kept. */
  readAt(positions: readonly Position[]): Promise<readonly LogRecord[]>;

  /**
   * Hands every durable record from `from` on to `sink`, group by group, and goes on with what
   * comes. The sink is called again only after it returned. An error in the sink fails the log.
   */
  follow(from: Position, sink: (records: readonly LogRecord[]) => void): Follower;

  /** Gives up what is below `before`, as far as whole files allow. */
  trim(before: Position): Promise<void>;

  /** Waits for what was appended, then lets go of files and lock. */
  close(): Promise<void>;
}

export interface Follower {
  stop(): void;
}
