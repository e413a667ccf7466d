import { SortedPositions } from '../../lib/sorted-positions.ts';
import type { AckRecord } from '../records/ack-record.ts';
import type { EventRecord } from '../records/event-record.ts';
import { isNewer, type Origin } from '../records/origin.ts';
import { EventStream, type EventStreamState } from './event-stream.ts';

/**
 * One event lane: the only owner of its subscribers' numbers. It gives each owed event its `seq`,
 * once: an event whose origin is not newer than the last of its source was numbered before. The
 * event itself stays in the log; the lane keeps where.
 */
export class EventLane {
  #streams = new Map<string, EventStream>();
  /** What each consumer of a scope has acknowledged: a seq for a subscriber's, a log position for a tenant's. */
  #acknowledged = new Map<string, Map<string, number>>();
  #origins = new Map<string, Origin>();
  #ofTransaction = new Map<string, SortedPositions>();
  /** True when streams were trimmed and the transactions' lists were not yet. */
  #stale = false;

  /** Its seq, or null where it was numbered before. */
  number(record: EventRecord, position: number): number | null {
    if (!isNewer(record.origin, this.#origins.get(record.origin.source))) return null;
    this.#origins.set(record.origin.source, record.origin);
    const key = streamKey(record.tenant, record.subscriber);
    const { tenant, subscriber } = record;
    const stream = this.#streams.get(key) ?? new EventStream({ tenant, subscriber, trimmed: 0, positions: [] });
    this.#streams.set(key, stream);
    const ofTransaction = this.#ofTransaction.get(record.transactionId) ?? new SortedPositions();
    this.#ofTransaction.set(record.transactionId, ofTransaction);
    ofTransaction.push(position);
    return stream.append(position);
  }

  /** An acknowledgement only ever moves forward. */
  acknowledge(record: AckRecord): void {
    const key = scopeKey(record.tenant, record.subscriber);
    const consumers = this.#acknowledged.get(key) ?? new Map<string, number>();
    this.#acknowledged.set(key, consumers);
    consumers.set(record.consumer, Math.max(record.upTo, consumers.get(record.consumer) ?? 0));
  }

  acknowledged(tenant: string, subscriber: string | null, consumer: string): number | null {
    return this.#acknowledged.get(scopeKey(tenant, subscriber))?.get(consumer) ?? null;
  }

  /** The lowest place that any known consumer of this scope still has to read from; null: no consumer is known. */
  lowestAcknowledged(tenant: string, subscriber: string | null): number | null {
    const consumers = this.#acknowledged.get(scopeKey(tenant, subscriber));
    if (consumers === undefined) return null;
    let lowest = Number.POSITIVE_INFINITY;
    for (const upTo of consumers.values()) lowest = Math.min(lowest, upTo);
    return lowest;
  }

  /** Positions of one transaction's events; null: none is kept. */
  ofTransaction(transactionId: string): SortedPositions | null {
    this.#sweep();
    return this.#ofTransaction.get(transactionId) ?? null;
  }

  /** Gives up a subscriber's events up to a seq, for good; gives the position of the newest that went, null: none did. */
  trim(stream: EventStream, throughSeq: number): number | null {
    const newestGone = stream.trimThrough(throughSeq);
    if (newestGone !== null) this.#stale = true;
    return newestGone;
  }

  stream(tenant: string, subscriber: string): EventStream | null {
    return this.#streams.get(streamKey(tenant, subscriber)) ?? null;
  }

  streams(): Iterable<EventStream> {
    return this.#streams.values();
  }

  /** Lists hold only what the streams still keep. */
  #sweep(): void {
    if (!this.#stale) return;
    this.#stale = false;
    const kept = new Set<number>();
    for (const stream of this.#streams.values()) for (const position of stream.positions()) kept.add(position);
    for (const [id, positions] of this.#ofTransaction) {
      const left = positions.toArray().filter((position) => kept.has(position));
      if (left.length === 0) this.#ofTransaction.delete(id);
      else if (left.length < positions.count) this.#ofTransaction.set(id, new SortedPositions(left));
    }
  }

  state(): string {
    this.#sweep();
    return JSON.stringify({
      streams: [...this.#streams.values()].map((stream) => stream.state()),
      acknowledged: [...this.#acknowledged].map(([key, consumers]) => [key, [...consumers]]),
      origins: [...this.#origins],
      transactions: [...this.#ofTransaction].map(([id, positions]) => [id, positions.toArray()]),
    });
  }

  restore(text: string): void {
    const parsed = JSON.parse(text) as {
      streams: EventStreamState[];
      acknowledged: [string, [string, number][]][];
      origins: [string, Origin][];
      transactions: [string, number[]][];
    };
    this.#streams = new Map(
      parsed.streams.map((state) => [streamKey(state.tenant, state.subscriber), new EventStream(state)]),
    );
    this.#ofTransaction = new Map(parsed.transactions.map(([id, positions]) => [id, new SortedPositions(positions)]));
    this.#acknowledged = new Map(parsed.acknowledged.map(([key, consumers]) => [key, new Map(consumers)]));
    this.#origins = new Map(parsed.origins);
  }
}

function streamKey(tenant: string, subscriber: string): string {
  return `${tenant}\u0000${subscriber}`;
}

/** A whole tenant's consumers stand apart from those of a subscriber of any name. */
function scopeKey(tenant: string, subscriber: string | null): string {
  return subscriber === null ? `tenant\u0000${tenant}` : `one\u0000${tenant}\u0000${subscriber}`;
}
