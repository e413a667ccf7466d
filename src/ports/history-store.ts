import type { EventRecord } from '../core/records/event-record.ts';
import type { HistoryPage, Place } from './event-reader.ts';
import type { Position } from './record-log.ts';

/** How much later than its time an event may leave the history, which may be given up in whole stretches. */
export const historyStretchMs = 7 * 24 * 3_600_000;

/**
 * What became of each tracked transaction, with the evidence: kept for longer than anybody waits for
 * events. `test/conformance/history-store.ts` holds every adapter to it. All calls throw TxTrailError
 * where the store cannot be used (`store_unavailable`, `history_unusable`).
 */
export interface HistoryStore {
  /** Every event of one tracked transaction that is kept, oldest first; `after` is the place of the last one had. */
  history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage>;
  /**
   * Gives up what was numbered more than `keepMs` ago and is nothing but history by now: nothing
   * younger goes, and nothing stays that is older than that and `historyStretchMs`. A bounded piece
   * of work a call; true: there is more to do.
   */
  retainHistory(nowMs: number, keepMs: number): Promise<boolean>;
}

/** An event with its number, as it leaves the log. */
export interface HistoryEntry {
  /** Its log position. */
  readonly place: Place;
  readonly seq: number;
  /** The time of its record in the log, Unix milliseconds. */
  readonly numberedMs: number;
  readonly record: EventRecord;
}

/** Takes over the events that one process's log need not keep any longer. */
export interface HistoryArchive extends HistoryStore {
  /** Every event below this position was taken in, and its record may go. */
  readonly through: Position;
  /**
   * Takes the events of `[this.through, through)` in, in the order of their places: all or nothing,
   * durable when it resolves. From then on `this.through` is `through`.
   */
  archive(entries: readonly HistoryEntry[], through: Position): Promise<void>;
}
