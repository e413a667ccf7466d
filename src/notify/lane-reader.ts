import { maxScanned } from '../core/delivery/page-limits.ts';
import type { AckRecord } from '../core/records/ack-record.ts';
import type { EventRecord } from '../core/records/event-record.ts';
import { eventLaneOf, type ShardCounts } from '../core/records/stream.ts';
import { assert } from '../lib/assert.ts';
import type {
  EventFilter,
  EventPage,
  EventReader,
  EventScope,
  HistoryPage,
  Place,
  ReadEvent,
} from '../ports/event-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryArchive } from '../ports/history-store.ts';
import type { LogWriter } from '../ports/log-writer.ts';
import type { Histogram } from '../ports/metrics.ts';
import type { RecordLog } from '../ports/record-log.ts';
import type { LaneRunner } from './lane-runner.ts';
import { scopeKey } from './scope-key.ts';
import { type EventTail, type NumberedEvent, numberedEvent, readEventOf } from './event-tail.ts';

/** Events fetched from the log at a time. */
const fetchSize = 256;

export interface LaneReaderDeps {
  readonly lanes: LaneRunner;
  readonly tail: EventTail;
  readonly log: RecordLog;
  readonly writer: LogWriter;
  /** What took over the events that left the log; null: nothing does. */
  readonly archive: HistoryArchive | null;
  readonly clock: Clock;
  readonly stage: Histogram;
}

/** Stage 4, DELIVER, the reading half: any channel reads here, at its own pace, by place. */
export class LaneReader implements EventReader {
  readonly #shards: ShardCounts;
  readonly #deps: LaneReaderDeps;
  /** How far each scope was handed out by this process: no consumer can have more. */
  readonly #sentThrough = new Map<string, Place>();

  constructor(shards: ShardCounts, deps: LaneReaderDeps) {
    this.#shards = shards;
    this.#deps = deps;
  }

  bounds({ tenant, subscriber }: EventScope): { oldest: Place; latest: Place } {
    if (subscriber === null) {
      const { positions, trimmed } = this.#deps.lanes.feed(tenant);
      return { oldest: trimmed, latest: positions.last ?? trimmed };
    }
    const stream = this.#deps.lanes.stream(tenant, subscriber);
    return { oldest: stream?.oldestPlace ?? 0, latest: stream?.lastSeq ?? 0 };
  }

  async read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage> {
    const events: ReadEvent[] = [];
    const size = isOpen(filter) ? Math.min(fetchSize, limit) : fetchSize;
    const sentBefore = this.#sentTo(scope);
    let through = after;
    let scanned = 0;
    while (events.length < limit && scanned < maxScanned) {
      const loaded = await this.#loadAfter(scope, through, size);
      if ('kind' in loaded) return loaded;
      if (loaded.length === 0) break;
      for (const { event, place } of loaded) {
        if (events.length === limit) break;
        through = place;
        scanned += 1;
        if (!matches(event.record, filter)) continue;
        events.push(readEventOf(event, place));
        if (place > sentBefore) this.#timeSending(event);
      }
    }
    if (scanned > 0) this.#noteSent(scope, through);
    return { kind: 'page', events, through, hasMore: through < this.bounds(scope).latest };
  }

  acknowledged({ tenant, subscriber }: EventScope, consumer: string): Place | null {
    return this.#deps.lanes.lane(tenant, subscriber).acknowledged(tenant, subscriber, consumer);
  }

  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'> {
    if (upTo > this.#sentTo(scope)) return 'beyond_sent';
    if (upTo <= (this.acknowledged(scope, consumer) ?? -1)) return 'acknowledged';
    const { tenant, subscriber } = scope;
    const payload = JSON.stringify({ tenant, subscriber, consumer, upTo } satisfies AckRecord);
    const lane = eventLaneOf(tenant, subscriber, this.#shards.eventLanes);
    await this.#deps.writer.write([{ stream: `acks/${lane}`, payload }], { mayReject: true });
    return 'acknowledged';
  }

  /** Once an event and scope, when a channel takes it for the first time: repeats say nothing about our pace. */
  #timeSending({ record }: NumberedEvent): void {
    const { clock, stage } = this.#deps;
    stage.observe(Math.max(0, clock.now() - record.timeMs) / 1_000, { stage: 'decided_to_sent' });
  }

  #noteSent(scope: EventScope, through: Place): void {
    const key = scopeKey(scope);
    if (through > (this.#sentThrough.get(key) ?? 0)) this.#sentThrough.set(key, through);
  }

  /** What this process handed out, or one before it may have. */
  #sentTo(scope: EventScope): Place {
    const { lanes } = this.#deps;
    const sent = this.#sentThrough.get(scopeKey(scope)) ?? 0;
    const { latest } = this.bounds(scope);
    if (scope.subscriber === null) return Math.min(latest, Math.max(sent, lanes.liveAfter));
    const before = lanes.stream(scope.tenant, scope.subscriber)?.seqBelow(lanes.liveAfter + 1) ?? 0;
    return Math.min(latest, Math.max(sent, before));
  }

  watch(scope: EventScope, listener: () => void): () => void {
    return this.#deps.lanes.bells.watch(scope, listener);
  }

  /** First what the archive took over, then what the log still has; no event is in both. */
  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    const { archive } = this.#deps;
    // Both are cut at the same moment: what the archive takes over meanwhile is still read from the log.
    const logFrom = archive?.through ?? 0;
    const positions = this.#positionsOf(transactionId, Math.max(after, logFrom - 1), limit + 1);
    const archived = (await archive?.history(tenant, transactionId, after, limit)) ?? noHistory;
    const early = archived.events.filter(({ place }) => place < logFrom);
    const fromLog = positions.slice(0, limit - early.length);
    try {
      const loaded = await this.#load({ tenant, subscriber: null }, fromLog);
      // A transaction has one tenant: to any other there is nothing here, not even more of it.
      if (loaded.some(({ event }) => event.record.tenant !== tenant)) return noHistory;
      const events = [...early, ...loaded.map(({ event, place }) => readEventOf(event, place))];
      const hasMore = positions.length > fromLog.length || (early.length === limit && archived.next !== null);
      return { events, next: hasMore ? (events.at(-1)?.place ?? null) : null };
    } catch (error) {
      const oldest = this.#positionsOf(transactionId, 0, 1)[0] ?? Number.POSITIVE_INFINITY;
      // Retention may have passed over them while they were read: they are in the archive then, or gone.
      if (oldest > (fromLog[0] ?? 0)) return this.history(tenant, transactionId, after, limit);
      throw error;
    }
  }

  /** Where the log has the events of a transaction after a place, at most so many. */
  #positionsOf(transactionId: string, after: Place, limit: number): readonly number[] {
    const lane = this.#deps.lanes.lanes().find((one) => one.ofTransaction(transactionId) !== null);
    const positions = lane?.ofTransaction(transactionId) ?? null;
    return positions?.slice(positions.indexAbove(after), limit) ?? [];
  }

  /** The events after a place; `too_old` where retention has passed over it, also while they were being read. */
  async #loadAfter(scope: EventScope, after: Place, limit: number): Promise<readonly PlacedEvent[] | TooOld> {
    const tooOld = (): TooOld | null => {
      const { oldest } = this.bounds(scope);
      return after < oldest ? { kind: 'too_old', oldest } : null;
    };
    const before = tooOld();
    if (before !== null) return before;
    try {
      return await this.#load(scope, this.#positionsAfter(scope, after, limit));
    } catch (error) {
      const since = tooOld();
      if (since !== null) return since;
      throw error;
    }
  }

  #positionsAfter({ tenant, subscriber }: EventScope, after: Place, limit: number): readonly number[] {
    if (subscriber !== null) return this.#deps.lanes.stream(tenant, subscriber)?.after(after, limit) ?? [];
    const { positions } = this.#deps.lanes.feed(tenant);
    return positions.slice(positions.indexAbove(after), limit);
  }

  /** Events at these positions, from the tail or the log, each with its place in the scope. */
  async #load(scope: EventScope, positions: readonly number[]): Promise<readonly PlacedEvent[]> {
    const { tail, log } = this.#deps;
    const found = new Map<number, NumberedEvent>();
    for (const position of positions) {
      const event = tail.get(position);
      if (event !== null) found.set(position, event);
    }
    const missing = positions.filter((position) => !found.has(position));
    for (const record of missing.length === 0 ? [] : await log.readAt(missing)) {
      found.set(record.position, this.#numbered(JSON.parse(record.payload) as EventRecord, record.position));
    }
    return positions.map((position) => {
      const event = found.get(position);
      assert(event !== undefined, `the event at ${position} is neither in the tail nor in the log`);
      return { event, place: scope.subscriber === null ? position : event.seq };
    });
  }

  /** It does not go to the tail: one who reads from long ago must not push out what the others are about to read. */
  #numbered(record: EventRecord, position: number): NumberedEvent {
    const seq = this.#deps.lanes.stream(record.tenant, record.subscriber)?.seqAt(position) ?? null;
    assert(seq !== null, `the event at ${position} has no number`);
    return numberedEvent(record, seq);
  }
}

interface PlacedEvent {
  readonly event: NumberedEvent;
  readonly place: Place;
}

type TooOld = Extract<EventPage, { readonly kind: 'too_old' }>;

const noHistory: HistoryPage = { events: [], next: null };

function isOpen({ types, transaction, chain }: EventFilter): boolean {
  return types === undefined && transaction === undefined && chain === undefined;
}

function matches(record: EventRecord, filter: EventFilter): boolean {
  return (
    (filter.types === undefined || filter.types.includes(record.type)) &&
    (filter.transaction === undefined || filter.transaction === record.transactionId) &&
    (filter.chain === undefined || filter.chain === record.transaction.chain)
  );
}
