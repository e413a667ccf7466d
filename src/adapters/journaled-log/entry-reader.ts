import type { StreamName } from '../../core/records/stream.ts';
import type { LogRecord } from '../../ports/record-log.ts';
import type { StoredRecord, StreamBroker } from '../../ports/stream-broker.ts';
import type { EntryIndex, IndexedEntry } from './entry-index.ts';
import { recordsOfEntry } from './entry-records.ts';
import type { InputRange, JournalEntry } from './journal-entry.ts';
import { JournalWalk } from './journal-walk.ts';
import { missingEntry } from './log-fault.ts';

export interface StoredEntry {
  readonly entry: JournalEntry;
  readonly offset: number;
}

/**
 * Entries are gathered until their inputs hold so many records, and those are read together: few at
 * first, then four times as many each time while they stay small. A unit that is opened reads so, and a
 * process opens many at once.
 */
const gatheredRecords = { least: 64, most: 8192 };

/** UTF-16 units that are read together, about. */
const gatheredLength = 2 * 1024 * 1024;

/** Reads entries of a journal back, and what they stand for. */
export class EntryReader {
  readonly #broker: StreamBroker;
  readonly #journal: StreamName;
  readonly #index: EntryIndex;

  constructor(journal: StreamName, deps: { readonly broker: StreamBroker; readonly index: EntryIndex }) {
    this.#journal = journal;
    this.#broker = deps.broker;
    this.#index = deps.index;
  }

  /** The records of the entries from one number up to (not including) another, an array for each entry. */
  async *records(from: number, to: number, journalEnd: number): AsyncGenerator<readonly LogRecord[]> {
    let gathered: JournalEntry[] = [];
    let count = 0;
    let limit = gatheredRecords.least;
    for await (const { entry } of this.entries(from, to, journalEnd)) {
      gathered.push(entry);
      count += 1 + entry.inputs.reduce((sum, range) => sum + range.to - range.from, 0);
      if (count < limit) continue;
      const read = await this.#read(gathered);
      yield* read;
      limit = nextLimit(limit, read);
      gathered = [];
      count = 0;
    }
    if (gathered.length > 0) yield* await this.#read(gathered);
  }

  /** @throws TxTrailError `record_missing` where the journal does not reach back to `from` */
  async *entries(from: number, to: number, journalEnd: number): AsyncGenerator<StoredEntry> {
    if (from >= to) return;
    const start = this.#index.before(from);
    if (start === null) throw missingEntry(from, 'the journal begins after it');
    const walk = new JournalWalk(this.#journal, placeOf(start));
    for await (const records of this.#broker.read(this.#journal, start.offset, journalEnd)) {
      for (const record of records) {
        const step = walk.take(record);
        if (step.kind !== 'entry' || step.entry.number < from) continue;
        if (step.entry.number >= to) return;
        yield { entry: step.entry, offset: record.offset };
      }
    }
  }

  async #read(entries: readonly JournalEntry[]): Promise<readonly (readonly LogRecord[])[]> {
    const stretches = stretchesOf(entries);
    const inputs = new Map<StreamName, InputRecords>();
    await Promise.all(
      stretches.map(async (stretch) => inputs.set(stretch.stream, new InputRecords(await this.#readInput(stretch)))),
    );
    return entries.map((entry) => recordsOfEntry(entry, (range) => inputs.get(range.stream)?.take(range) ?? []));
  }

  async #readInput({ stream, from, to }: InputRange): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = [];
    for await (const records of this.#broker.read(stream, from, to)) found.push(...records);
    return found;
  }
}

function nextLimit(limit: number, read: readonly (readonly LogRecord[])[]): number {
  const length = read.flat().reduce((sum, { payload }) => sum + payload.length, 0);
  if (length > gatheredLength) return Math.max(1, limit >> 2);
  return length < gatheredLength / 4 ? Math.min(limit * 4, gatheredRecords.most) : limit;
}

/** Of each input, all that some entries in a row take together. */
function stretchesOf(entries: readonly JournalEntry[]): readonly InputRange[] {
  const stretches = new Map<StreamName, InputRange>();
  for (const { inputs } of entries) {
    for (const { stream, from, to } of inputs) {
      if (from === to) continue;
      stretches.set(stream, { stream, from: stretches.get(stream)?.from ?? from, to });
    }
  }
  return [...stretches.values()];
}

function placeOf({ epoch, number }: IndexedEntry): { readonly epoch: number; readonly number: number } {
  return { epoch, number };
}

/** The records of a stretch, given out range by range in their order. */
class InputRecords {
  readonly #records: readonly StoredRecord[];
  #next = 0;

  constructor(records: readonly StoredRecord[]) {
    this.#records = records;
  }

  take({ to }: InputRange): readonly StoredRecord[] {
    const first = this.#next;
    while ((this.#records[this.#next]?.offset ?? to) < to) this.#next += 1;
    return this.#records.slice(first, this.#next);
  }
}
