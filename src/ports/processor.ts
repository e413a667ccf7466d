import type { StreamName } from '../core/records/stream.ts';
import type { LogRecord, NewRecord } from './record-log.ts';

/**
 * A deterministic reader of the log: the same records in the same order give the same state and the
 * same derived records, live and in a replay. What is not deterministic (asking a chain, ringing a
 * bell, answering a caller) it does only between `goLive` and the end of the process.
 */
export interface Processor {
  readonly name: string;
  handles(stream: StreamName): boolean;
  /**
   * Applies one record; gives the records that follow from it, in order. After a crash it may give
   * one that the log holds already: whoever reads it knows it by its origin. Throws only on a broken
   * invariant.
   */
  apply(record: LogRecord): readonly NewRecord[];
  /** The replay is over: side effects may begin. */
  goLive(): void;
  /** Its whole state, as named texts. */
  sections(): readonly Section[];
  /** Takes a section back; false where it is another's. */
  restore(section: Section): boolean;
  /** Every section was given back. */
  restored(): void;
}

export interface Section {
  readonly name: string;
  readonly text: string;
}
