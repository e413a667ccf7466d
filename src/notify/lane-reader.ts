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
import type { LogWriter } from '../ports/log-writer.ts';
import type { RecordLog } from '../ports/record-log.ts';
import type { LaneRunner } from './lane-runner.ts';
import { type EventTail, type NumberedEvent, readEventOf } from './event-tail.ts';

/** With a filter, at most this many events are looked at for one page; the page then says there is more. */
const maxScanned = 2_000;
/** Events fetched from the log at a time. */
const fetchSize = 256;

export interface LaneReaderDeps {
  readonly lanes: LaneRunner;
  readonly tail: EventTail;
  readonly log: RecordLog;
  readonly writer: LogWriter;
}

/** Stage 4, DELIVER, the reading half: any channel reads here, at its own pace, by place. */
export class LaneReader implements EventReader {
  readonly #shards: ShardCounts;
  readonly #deps: LaneReaderDeps;

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
    const { oldest, latest } = this.bounds(scope);
    if (after < oldest) return { kind: 'too_old', oldest };
    const events: ReadEvent[] = [];
    let through = after;
    let scanned = 0;
    while (events.length < limit && scanned < maxScanned) {
      const positions = this.#positionsAfter(scope, through, Math.min(fetchSize, limit));
      if (positions.length === 0) return { kind: 'page', events, through, hasMore: false };
      for (const { event, place } of await this.#load(scope, positions)) {
        if (events.length === limit) break;
        through = place;
        scanned += 1;
        if (matches(event.record, filter)) events.push(readEventOf(event, place));
      }
    }
    return { kind: 'page', events, through, hasMore: through < latest };
  }

  acknowledged({ tenant, subscriber }: EventScope, consumer: string): Place | null {
    return this.#deps.lanes.lane(tenant, subscriber).acknowledged(tenant, subscriber, consumer);
  }

  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'> {
    if (upTo > this.bounds(scope).latest) return 'beyond_sent';
    if (upTo <= (this.acknowledged(scope, consumer) ?? -1)) return 'acknowledged';
    const { tenant, subscriber } = scope;
    const payload = JSON.stringify({ tenant, subscriber, consumer, upTo } satisfies AckRecord);
    const lane = eventLaneOf(tenant, subscriber, this.#shards.eventLanes);
    await this.#deps.writer.write([{ stream: `acks/${lane}`, payload }], { mayReject: true });
    return 'acknowledged';
  }

  watch(scope: EventScope, listener: () => void): () => void {
    return this.#deps.lanes.bells.watch(scope, listener);
  }

  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    for (const lane of this.#deps.lanes.lanes()) {
      const positions = lane.ofTransaction(transactionId);
      if (positions === null) continue;
      const from = positions.indexAbove(after);
      const page = positions.slice(from, limit);
      const loaded = await this.#load({ tenant, subscriber: null }, page);
      const events = loaded
        .filter(({ event }) => event.record.tenant === tenant)
        .map(({ event, place }) => readEventOf(event, place));
      return { events, next: from + page.length < positions.count ? (page.at(-1) ?? null) : null };
    }
    return { events: [], next: null };
  }

  #positionsAfter({ tenant, subscriber }: EventScope, after: Place, limit: number): readonly number[] {
    if (subscriber !== null) return this.#deps.lanes.stream(tenant, subscriber)?.after(after, limit) ?? [];
    const { positions } = this.#deps.lanes.feed(tenant);
    return positions.slice(positions.indexAbove(after), limit);
  }

  /** Events at these positions, from the tail or the log, each with its place in the scope. */
  async #load(
    scope: EventScope,
    positions: readonly number[],
  ): Promise<readonly { readonly event: NumberedEvent; readonly place: Place }[]> {
    const { tail, log } = this.#deps;
    const missing = positions.filter((position) => tail.get(position) === null);
    const read = new Map<number, NumberedEvent>();
    if (missing.length > 0) {
      for (const record of await log.readAt(missing)) {
        read.set(record.position, this.#numbered(JSON.parse(record.payload) as EventRecord, record.position));
      }
    }
    return positions.map((position) => {
      const event = read.get(position) ?? tail.get(position) ?? this.#gone(position);
      return { event, place: scope.subscriber === null ? position : event.seq };
    });
  }

  #numbered(record: EventRecord, position: number): NumberedEvent {
    const seq = this.#deps.lanes.stream(record.tenant, record.subscriber)?.seqAt(position) ?? null;
    assert(seq !== null, `the event at ${position} has no number`);
    return this.#deps.tail.put(position, record, seq);
  }

  #gone(position: number): never {
    throw new Error(`the event at ${position} is neither in the tail nor in the log`);
  }
}

function matches(record: EventRecord, filter: EventFilter): boolean {
  return (
    (filter.types === undefined || filter.types.includes(record.type)) &&
    (filter.transaction === undefined || filter.transaction === record.transactionId) &&
    (filter.chain === undefined || filter.chain === record.transaction.chain)
  );
}
