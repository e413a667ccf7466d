import type { NewRecord, Position } from './record-log.ts';

/** Writes to the log and waits until this node has applied what was written: a read after it sees it. */
export interface LogWriter {
  /**
   * @throws TxTrailError `overloaded` (retryable) where `mayReject` is true and too much waits;
   *   `log_failed` after a failed write.
   */
  write(records: readonly NewRecord[], options?: { readonly mayReject?: boolean }): Promise<readonly Position[]>;
}
