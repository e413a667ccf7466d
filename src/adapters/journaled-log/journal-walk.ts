import type { StreamName } from '../../core/records/stream.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import { corruptJournal, decodeJournalRecord, type JournalEntry } from './journal-entry.ts';

/** What a record of the journal is to every reader alike. */
export type JournalStep =
  | { readonly kind: 'entry'; readonly entry: JournalEntry }
  | { readonly kind: 'claim'; readonly epoch: number }
  /** Written by an owner that was followed, or a second time: nothing of it counts. */
  | { readonly kind: 'void' };

export interface JournalPlace {
  /** The last claim before it; null: none stands there. */
  readonly epoch: number | null;
  /** The number that the next valid entry has. */
  readonly number: number;
}

/**
 * Reads a journal in its order and tells what counts (P03, P06): an entry is valid where it names the
 * last claim before it as its epoch and its number is the next. Both are facts of the journal alone, so
 * every reader decides the same, whenever it reads.
 */
export class JournalWalk {
  readonly #stream: StreamName;
  #epoch: number | null;
  #number: number;
  #isTrimmed: boolean;

  /** `from`: what the reader knows of what stands before; null where the journal was trimmed there. */
  constructor(stream: StreamName, from: JournalPlace | null) {
    this.#stream = stream;
    this.#epoch = from?.epoch ?? null;
    this.#number = from?.number ?? 0;
    this.#isTrimmed = from === null;
  }

  get place(): JournalPlace {
    return { epoch: this.#epoch, number: this.#number };
  }

  /** @throws TxTrailError `log_version_unknown`, `log_corrupt` */
  take({ offset, value }: StoredRecord): JournalStep {
    const record = decodeJournalRecord(this.#stream, offset, value);
    if (this.#isTrimmed) this.#begin(offset, record);
    if ('claim' in record) {
      this.#epoch = offset;
      return { kind: 'claim', epoch: offset };
    }
    if (record.epoch !== this.#epoch || record.number !== this.#number) return { kind: 'void' };
    this.#number += 1;
    return { kind: 'entry', entry: record };
  }

  /** A journal is trimmed at a valid entry and nowhere else, so that entry says where its reader stands. */
  #begin(offset: number, record: ReturnType<typeof decodeJournalRecord>): void {
    if ('claim' in record) throw corruptJournal(this.#stream, offset);
    this.#isTrimmed = false;
    this.#epoch = record.epoch;
    this.#number = record.number;
  }
}
