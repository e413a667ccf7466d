import type { HistoryPage } from './event-reader.ts';

/** How much later than its time an event may leave the history, which is given up in whole stretches. */
export const historyStretchMs = 7 * 24 * 3_600_000;

/** What became of each tracked transaction, with the evidence: kept for longer than anybody waits for events. */
export interface HistoryStore {
  /** Every event of one tracked transaction that is kept, oldest first; `after` is the place of the last one had. */
  history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage>;
  /**
   * Gives up what was numbered more than `keepMs` ago and has left the mailbox, in stretches of
   * `historyStretchMs`: nothing younger goes, nothing older than that and a stretch stays. Gives the
   * number of stretches.
   */
  retainHistory(nowMs: number, keepMs: number): Promise<number>;
}
