import { decodeJournalRecord } from '../../src/adapters/journaled-log/journal-entry.ts';
import type { StreamName } from '../../src/core/records/stream.ts';
import { Bell } from '../../src/lib/bell.ts';
import type { BrokerFollower, BrokerRecord, StoredRecord, StreamBroker } from '../../src/ports/stream-broker.ts';

/** Turns of the event loop in which nothing was appended any more: then nothing is on its way within the process. */
const quietTurns = 3;

/**
 * A broker that hands everything on, and knows from what passes whether the status units have come to
 * rest: every record of their inputs stands in an entry of the owner that holds the journal, and
 * nothing is being appended.
 */
export class WatchedBroker implements StreamBroker {
  readonly #broker: StreamBroker;
  readonly #units: number;
  readonly #changed = new Bell();
  /** Where the next record of each stream will stand. */
  readonly #ends = new Map<StreamName, number>();
  /** By unit: its epoch, and how far its entries have taken each input. */
  readonly #taken = new Map<number, { readonly epoch: number; readonly through: Map<StreamName, number> }>();
  #appends = 0;
  #underWay = 0;

  constructor(options: { readonly units: number }, broker: StreamBroker) {
    this.#units = options.units;
    this.#broker = broker;
  }

  /** Records of every stream of this log so far. */
  countOf(log: string): number {
    return [...this.#ends].reduce((sum, [stream, end]) => sum + (stream.startsWith(`${log}/`) ? end : 0), 0);
  }

  async atRest(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < quietTurns; ) {
      if (!this.#isAtRest()) await this.#change();
      quiet = this.#isAtRest() && seen === this.#appends ? quiet + 1 : 0;
      seen = this.#appends;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async append(stream: StreamName, records: readonly BrokerRecord[]): Promise<readonly number[]> {
    this.#appends += 1;
    this.#underWay += 1;
    try {
      const offsets = await this.#broker.append(stream, records);
      this.#note(stream, records, offsets);
      return offsets;
    } finally {
      this.#underWay -= 1;
      this.#changed.ring();
    }
  }

  bounds(stream: StreamName): Promise<{ readonly start: number; readonly end: number }> {
    return this.#broker.bounds(stream);
  }

  read(stream: StreamName, from: number, until: number): AsyncIterable<readonly StoredRecord[]> {
    return this.#broker.read(stream, from, until);
  }

  follow(...[stream, from, sink, onFailure]: Parameters<StreamBroker['follow']>): BrokerFollower {
    return this.#broker.follow(stream, from, sink, onFailure);
  }

  trim(stream: StreamName, before: number): Promise<void> {
    return this.#broker.trim(stream, before);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }

  #note(stream: StreamName, records: readonly BrokerRecord[], offsets: readonly number[]): void {
    const last = offsets.at(-1);
    if (last !== undefined) this.#ends.set(stream, Math.max(this.#ends.get(stream) ?? 0, last + 1));
    if (!stream.startsWith('journal/')) return;
    const unit = Number(stream.slice('journal/'.length));
    for (const [index, { value }] of records.entries()) {
      const offset = offsets[index] ?? 0;
      const record = decodeJournalRecord(stream, offset, value);
      const taken = this.#taken.get(unit);
      if ('claim' in record) this.#taken.set(unit, { epoch: offset, through: new Map(taken?.through) });
      // What an owner still writes that was followed is void.
      else if (record.epoch === taken?.epoch) {
        for (const { stream: input, to } of record.inputs) taken.through.set(input, to);
      }
    }
  }

  #isAtRest(): boolean {
    if (this.#underWay > 0) return false;
    return [...this.#ends].every(([stream, end]) =>
      this.#readersOf(stream).every((unit) => (this.#taken.get(unit)?.through.get(stream) ?? 0) >= end),
    );
  }

  #readersOf(stream: StreamName): readonly number[] {
    if (stream.startsWith('blocks/')) return Array.from({ length: this.#units }, (_, unit) => unit);
    const [log, shard] = stream.split('/');
    return log === 'registrations' || log === 'facts' || log === 'senders' ? [Number(shard)] : [];
  }

  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const unlisten = this.#changed.listen(resolve);
    await promise;
    unlisten();
  }
}
