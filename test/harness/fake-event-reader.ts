import { renderEvent } from '../../src/core/delivery/render-event.ts';
import { eventRecord } from './event-record.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import type {
  EventBounds,
  EventFilter,
  EventPage,
  EventReader,
  EventScope,
  HistoryPage,
  Place,
  ReadEvent,
} from '../../src/ports/event-reader.ts';

interface KeptEvent {
  readonly tenant: string;
  readonly subscriber: string;
  readonly seq: number;
  readonly position: number;
  readonly type: string;
  readonly chain: string;
  readonly transactionId: string;
  readonly json: string;
}

export interface NewFakeEvent {
  readonly tenant?: string;
  readonly subscriber?: string;
  readonly type?: string;
  readonly chain?: string;
  readonly transactionId?: string;
  /** Bytes of padding in `data`, for tests that need weight. */
  readonly weight?: number;
}

/** Numbered events in memory that keep the port's promises, for tests of what reads them. */
export class FakeEventReader implements EventReader {
  /** Events handed out by `read`, to see that nobody reads ahead of its client. */
  eventsRead = 0;
  acknowledgements = 0;
  /** Set to make reads and acknowledgements wait or throw. */
  before: () => Promise<void> = () => Promise.resolve();
  /** Set to make the look for a start wait or throw. */
  beforeBounds: (() => Promise<void>) | null = null;
  readonly #kept: KeptEvent[] = [];
  readonly #acknowledged = new Map<string, Place>();
  readonly #watchers = new Set<{ readonly scope: EventScope; readonly listener: () => void }>();
  #trimmed = 0;
  #numbered = 0;

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Numbers an event and wakes who watches. */
  add(event: NewFakeEvent = {}): string {
    const tenant = event.tenant ?? 'default';
    const subscriber = event.subscriber ?? 'default';
    const seq = this.#kept.filter((other) => other.tenant === tenant && other.subscriber === subscriber).length + 1;
    this.#numbered += 1;
    const position = this.#numbered * 10;
    const type = event.type ?? 'transaction.included';
    const chain = event.chain ?? 'eip155:1';
    const transactionId = event.transactionId ?? 'tx_1';
    const weight = event.weight ?? 0;
    const json = eventText({ position, type, tenant, subscriber, seq, transactionId, weight });
    this.#kept.push({ tenant, subscriber, seq, position, type, chain, transactionId, json });
    for (const watcher of [...this.#watchers]) {
      const { scope } = watcher;
      if (scope.tenant === tenant && (scope.subscriber === null || scope.subscriber === subscriber)) watcher.listener();
    }
    return json;
  }

  /** Forgets the oldest events of everybody, so many of them. */
  trim(count: number): void {
    this.#trimmed += count;
  }

  bounds(scope: EventScope): Awaitable<EventBounds> {
    return this.beforeBounds === null ? this.#boundsOf(scope) : this.beforeBounds().then(() => this.#boundsOf(scope));
  }

  async read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage> {
    await this.before();
    const { oldest } = this.#boundsOf(scope);
    if (after < oldest) return { kind: 'too_old', oldest };
    const events: ReadEvent[] = [];
    let through = after;
    for (const event of this.#kept) {
      const place = placeOf(event, scope);
      if (!isIn(event, scope) || place <= after) continue;
      if (events.length === limit) return this.#page(events, through, true);
      if (matches(event, filter)) events.push(readEvent(event, place));
      through = place;
    }
    return this.#page(events, through, false);
  }

  acknowledged(scope: EventScope, consumer: string): Place | null {
    return this.#acknowledged.get(JSON.stringify([scope, consumer])) ?? null;
  }

  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'> {
    this.acknowledgements += 1;
    await this.before();
    if (upTo > this.#boundsOf(scope).latest) return 'beyond_sent';
    const standing = this.acknowledged(scope, consumer) ?? 0;
    this.#acknowledged.set(JSON.stringify([scope, consumer]), Math.max(standing, upTo));
    return 'acknowledged';
  }

  watch(scope: EventScope, listener: () => void): () => void {
    const watcher = { scope, listener };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    const own = this.#kept.filter((event) => event.tenant === tenant && event.transactionId === transactionId);
    const end = after + limit;
    const events = own.slice(after, end).map((event) => readEvent(event, event.position));
    return { events, next: end < own.length ? end : null };
  }

  #boundsOf(scope: EventScope): EventBounds {
    const places = this.#placesOf(scope);
    const gone = this.#kept.slice(0, this.#trimmed).filter((event) => isIn(event, scope));
    const lastGone = gone.at(-1);
    const oldest = lastGone === undefined ? 0 : placeOf(lastGone, scope);
    return { oldest, latest: places.at(-1) ?? oldest };
  }

  #page(events: readonly ReadEvent[], through: Place, hasMore: boolean): EventPage {
    this.eventsRead += events.length;
    return { kind: 'page', events, through, hasMore };
  }

  #placesOf(scope: EventScope): readonly Place[] {
    return this.#kept.filter((event) => isIn(event, scope)).map((event) => placeOf(event, scope));
  }
}

function isIn(event: KeptEvent, scope: EventScope): boolean {
  return event.tenant === scope.tenant && (scope.subscriber === null || scope.subscriber === event.subscriber);
}

function placeOf(event: KeptEvent, scope: EventScope): Place {
  return scope.subscriber === null ? event.position : event.seq;
}

function matches(event: KeptEvent, filter: EventFilter): boolean {
  return (
    (filter.types === undefined || filter.types.includes(event.type)) &&
    (filter.transaction === undefined || filter.transaction === event.transactionId) &&
    (filter.chain === undefined || filter.chain === event.chain)
  );
}

function readEvent(event: KeptEvent, place: Place): ReadEvent {
  const evidence = { rule: 'inclusion', providers: ['p1'], block: { number: 7, hash: '0x07' } };
  return { place, type: event.type, timeMs: 0, json: event.json, evidence };
}

/**
 * An event of the contract's shape, but with a space and an escape that JSON.stringify would write
 * differently: who parses it and writes it anew is found out.
 */
function eventText(given: {
  readonly position: number;
  readonly type: string;
  readonly tenant: string;
  readonly subscriber: string;
  readonly seq: number;
  readonly transactionId: string;
  readonly weight: number;
}): string {
  const { position, seq, weight, ...facts } = given;
  const text = renderEvent(eventRecord({ ...facts, position, revision: seq }), seq);
  return text
    .replace(/"id":"evt_[^"]*"/, `"id":"evt_${position}"`)
    .replace(/"metadata":\{[^}]*\}/, `"metadata": {"note":"\\u0041","pad":"${'x'.repeat(weight)}"}`);
}
