import type { ProbeRecord, SubmissionRecord } from '../core/records/probe-record.ts';

/**
 * Where the core's open questions and sends go: to the watcher of their chain. Both are
 * level-triggered (the core's state says what it still wants), so an implementation may forget one
 * when its bound is reached; it is asked again.
 */
export interface ChainAsks {
  probe(probe: ProbeRecord): void;
  submit(submission: SubmissionRecord): void;
}
