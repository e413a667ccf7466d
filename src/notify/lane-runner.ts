import { EventLane } from '../core/delivery/event-lane.ts';
import type { EventStream } from '../core/delivery/event-stream.ts';
import type { AckRecord } from '../core/records/ack-record.ts';
import type { EventRecord } from '../core/records/event-record.ts';
import { eventLaneOf, type ShardCounts, type StreamName } from '../core/records/stream.ts';
import { assert } from '../lib/assert.ts';
import { SortedPositions } from '../lib/sorted-positions.ts';
import type { EventScope } from '../ports/event-reader.ts';
import type { Counter, Histogram, Metrics } from '../ports/metrics.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord, Position } from '../ports/record-log.ts';
import { Bells } from './bells.ts';
import type { EventTail } from './event-tail.ts';
import { acknowledgedCounter, expiredCounter, numberedCounter, repeatedCounter } from './lane-metrics.ts';
import { type Retained, type RetentionOptions, trimEvents } from './retention.ts';
import { TimeMarks } from './time-marks.ts';

/** All of a tenant's events in log order, across its subscribers' lanes. */
export interface TenantFeed {
  readonly positions: SortedPositions;
  /** The position of the newest event that was given up; 0: none was. */
  trimmed: number;
}

/**
 * Stage 4, DELIVER, the writing half: numbers events and keeps acknowledgements, in the log's
 * order. A number is as durable as the record it was given to: it follows from the log and is never
 * decided twice. Readers are woken by bells and read at their own pace.
 */
export class LaneRunner implements Processor {
  readonly name = 'lanes';
  readonly bells = new Bells();
  readonly #times = new TimeMarks();
  readonly #shards: ShardCounts;
  readonly #tail: EventTail;
  readonly #lanes: readonly EventLane[];
  readonly #feeds = new Map<string, TenantFeed>();
  readonly #metrics: LaneMetrics;
  #trimmed: [string, number][] = [];
  #live = false;
  #liveAfter = Number.POSITIVE_INFINITY;

  constructor(
    shards: ShardCounts,
    deps: { readonly tail: EventTail; readonly metrics: Metrics; readonly stage: Histogram },
  ) {
    this.#shards = shards;
    this.#tail = deps.tail;
    this.#metrics = laneMetrics(deps.metrics, deps.stage);
    this.#lanes = Array.from({ length: shards.eventLanes }, () => new EventLane());
  }

  handles(stream: StreamName): boolean {
    return stream.startsWith('events/') || stream.startsWith('acks/');
  }

  apply(record: LogRecord): readonly NewRecord[] {
    const lane = this.#laneAt(Number(record.stream.slice(record.stream.indexOf('/') + 1)));
    if (record.stream.startsWith('acks/'))
      this.#acknowledge(lane, JSON.parse(record.payload) as AckRecord, record.timeMs);
    else this.#number(lane, record);
    this.#times.note(record.timeMs, record.position);
    return [];
  }

  goLive(): void {
    this.#live = true;
    this.#liveAfter = Math.max(0, ...[...this.#feeds.values()].map(({ positions }) => positions.last ?? 0));
  }

  /** What was numbered up to this position may have been sent by a process before this one. */
  get liveAfter(): number {
    return this.#liveAfter;
  }

  lane(tenant: string, subscriber: string | null): EventLane {
    return this.#laneAt(eventLaneOf(tenant, subscriber, this.#shards.eventLanes));
  }

  stream(tenant: string, subscriber: string): EventStream | null {
    return this.lane(tenant, subscriber).stream(tenant, subscriber);
  }

  feed(tenant: string): TenantFeed {
    const feed = this.#feeds.get(tenant) ?? { positions: new SortedPositions(), trimmed: 0 };
    this.#feeds.set(tenant, feed);
    return feed;
  }

  lanes(): readonly EventLane[] {
    return this.#lanes;
  }

  /** Records below this position were written by that moment, Unix milliseconds; 0: none is known to be. */
  positionAt(timeMs: number): Position {
    return this.#times.positionAt(timeMs);
  }

  /** Where the events of `[from, to)` stand that are not given up, in the log's order. */
  positionsBetween(from: Position, to: Position): readonly Position[] {
    const positions: Position[] = [];
    for (const lane of this.#lanes) {
      for (const stream of lane.streams()) {
        const before = stream.seqBelow(from);
        for (const position of stream.after(before, stream.seqBelow(to) - before)) positions.push(position);
      }
    }
    return positions.sort((left, right) => left - right);
  }

  /**
   * Gives up the events that may go by now, and stand below `before`. Only between records: the
   * journal does not tell of it, and no number depends on it.
   */
  retain(nowMs: number, retention: RetentionOptions, before: Position): Retained {
    const young = Math.min(before, this.#times.positionAt(nowMs - retention.minAgeMs));
    const old = Math.min(before, this.#times.positionAt(nowMs - retention.maxAgeMs));
    const retained = this.#trim(young, old);
    this.#times.dropBelow(retained.oldestKept ?? young);
    return retained;
  }

  /**
   * Gives up the events that the log no longer holds: where a damaged snapshot made way for the one
   * before it, that one still counts events which were let go since.
   */
  dropLost(logStart: number): Retained {
    return this.#trim(0, logStart);
  }

  sections(): readonly Section[] {
    const lanes = this.#lanes.map((lane, number) => ({ name: `lane/${number}`, text: lane.state() }));
    const trimmed = [...this.#feeds].map(([tenant, feed]) => [tenant, feed.trimmed]);
    return [...lanes, { name: 'feeds', text: JSON.stringify(trimmed) }, { name: 'times', text: this.#times.state() }];
  }

  restore({ name, text }: Section): boolean {
    if (name === 'feeds') {
      this.#trimmed = JSON.parse(text) as [string, number][];
      return true;
    }
    if (name === 'times') {
      this.#times.restore(text);
      return true;
    }
    if (!name.startsWith('lane/')) return false;
    this.#laneAt(Number(name.slice('lane/'.length))).restore(text);
    return true;
  }

  /** The tenants' feeds are put together from their subscribers' streams. */
  restored(): void {
    const positions = new Map<string, number[]>();
    for (const lane of this.#lanes) {
      for (const stream of lane.streams()) {
        const ofTenant = positions.get(stream.tenant) ?? [];
        positions.set(stream.tenant, ofTenant);
        for (const position of stream.positions()) ofTenant.push(position);
      }
    }
    const trimmed = new Map(this.#trimmed);
    for (const tenant of new Set([...positions.keys(), ...trimmed.keys()])) {
      const sorted = (positions.get(tenant) ?? []).sort((left, right) => left - right);
      this.#feeds.set(tenant, { positions: new SortedPositions(sorted), trimmed: trimmed.get(tenant) ?? 0 });
    }
  }

  #trim(young: number, old: number): Retained {
    const retained = trimEvents(this, young, old);
    for (const { fromSeq, throughSeq } of retained.expired) this.#metrics.expired.add(throughSeq - fromSeq + 1);
    return retained;
  }

  #number(lane: EventLane, record: LogRecord): void {
    const event = JSON.parse(record.payload) as EventRecord;
    const seq = lane.number(event, record.position);
    if (seq === null) {
      this.#metrics.repeated.add();
      return;
    }
    this.feed(event.tenant).positions.push(record.position);
    this.#tail.put(record.position, event, seq);
    if (!this.#live) return;
    this.#metrics.numbered.add();
    this.#metrics.stage.observe(Math.max(0, record.timeMs - event.timeMs) / 1_000, { stage: 'decided_to_numbered' });
    this.bells.ring({ tenant: event.tenant, subscriber: event.subscriber });
  }

  #acknowledge(lane: EventLane, record: AckRecord, timeMs: number): void {
    const before = lane.acknowledged(record.tenant, record.subscriber, record.consumer) ?? 0;
    lane.acknowledge(record);
    if (!this.#live || record.upTo <= before) return;
    this.#metrics.acknowledged.add(this.#countBetween(record, before, record.upTo));
    this.#timeAcknowledgement(record, timeMs);
    this.bells.ring({ tenant: record.tenant, subscriber: record.subscriber } satisfies EventScope);
  }

  /** Timed by the newest event it names, while that is recent enough to be in the tail. */
  #timeAcknowledgement({ tenant, subscriber, upTo }: AckRecord, timeMs: number): void {
    const position = subscriber === null ? upTo : this.stream(tenant, subscriber)?.after(upTo - 1, 1)[0];
    const event = position === undefined ? null : this.#tail.get(position);
    if (event === null) return;
    const seconds = Math.max(0, timeMs - event.record.timeMs) / 1_000;
    this.#metrics.stage.observe(seconds, { stage: 'decided_to_acknowledged' });
  }

  #countBetween({ tenant, subscriber }: AckRecord, from: number, to: number): number {
    if (subscriber !== null) return to - from;
    const { positions } = this.feed(tenant);
    return positions.indexAbove(to) - positions.indexAbove(from);
  }

  #laneAt(number: number): EventLane {
    const lane = this.#lanes[number];
    assert(lane !== undefined, `no event lane ${number}`);
    return lane;
  }
}

interface LaneMetrics {
  readonly numbered: Counter;
  readonly repeated: Counter;
  readonly acknowledged: Counter;
  readonly expired: Counter;
  readonly stage: Histogram;
}

function laneMetrics(metrics: Metrics, stage: Histogram): LaneMetrics {
  return {
    numbered: numberedCounter(metrics),
    repeated: repeatedCounter(metrics),
    acknowledged: acknowledgedCounter(metrics),
    expired: expiredCounter(metrics),
    stage,
  };
}
