import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import type { EventRecord } from '../../src/core/records/event-record.ts';
import { eventIdOf } from '../../src/core/records/identity.ts';
import { defaultShardCounts, eventLaneOf } from '../../src/core/records/stream.ts';
import { EventTail } from '../../src/notify/event-tail.ts';
import { LaneReader } from '../../src/notify/lane-reader.ts';
import { LaneRunner } from '../../src/notify/lane-runner.ts';
import type { EventFilter, EventPage, EventScope, Place } from '../../src/ports/event-reader.ts';
import type { HistoryArchive } from '../../src/ports/history-store.ts';
import type { Histogram } from '../../src/ports/metrics.ts';
import type { NewRecord, RecordLog } from '../../src/ports/record-log.ts';
import { Dispatcher } from '../../src/runtime/dispatcher.ts';
import { eventRecord } from './event-record.ts';
import { type ManualClock, manualClock, recordingMetrics } from './recording-ports.ts';

export interface DeliveryRigOptions {
  readonly tailEvents?: number;
  readonly log?: MemoryLog;
  readonly clock?: ManualClock;
  readonly archive?: HistoryArchive;
  readonly stage?: Histogram;
}

/** The delivering stage alone over a log: events are written as the status stage would derive them. */
export class DeliveryRig {
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly metrics = recordingMetrics();
  readonly tail: EventTail;
  readonly lanes: LaneRunner;
  readonly dispatcher: Dispatcher;
  readonly reader: LaneReader;
  readonly stage: Histogram;
  #origins = 0;

  constructor(options: DeliveryRigOptions = {}) {
    this.clock = options.clock ?? manualClock();
    this.log = options.log ?? new MemoryLog({}, { clock: this.clock });
    this.tail = new EventTail({ maxEvents: options.tailEvents ?? 10_000 });
    this.stage = options.stage ?? this.metrics.histogram({ name: 'txtrail_stage_seconds', help: '', buckets: [] });
    const { stage } = this;
    this.lanes = new LaneRunner(defaultShardCounts, { tail: this.tail, metrics: this.metrics, stage });
    this.dispatcher = new Dispatcher(this.log, [this.lanes]);
    this.reader = new LaneReader(defaultShardCounts, {
      lanes: this.lanes,
      tail: this.tail,
      log: this.log,
      writer: this.dispatcher,
      archive: options.archive ?? null,
      clock: this.clock,
      stage,
    });
  }

  static async start(options: DeliveryRigOptions = {}): Promise<DeliveryRig> {
    const rig = new DeliveryRig(options);
    // A log begins with its writer's claim, so no event stands at 0.
    if (rig.log.end === 0) await rig.log.append([{ stream: 'journal/0', payload: '{"kind":"claim","epoch":1}' }]);
    await rig.dispatcher.replay(rig.log.start);
    rig.dispatcher.start();
    return rig;
  }

  /** Events of one subscriber, each of a transaction of its own unless one is named. */
  async tell(count: number, given: GivenEvent = {}): Promise<void> {
    await this.dispatcher.write(
      Array.from({ length: count }, () => {
        this.#origins += 1;
        const { transactionId = `tx_${this.#origins}`, chain = 'eip155:1', ...rest } = given;
        const record = eventRecord({ position: this.#origins, transactionId, ...rest });
        const transaction = { ...record.transaction, id: transactionId, chain };
        // The time of the journal record that it follows from.
        return eventInput({ ...record, timeMs: this.clock.nowMs, transaction, id: eventIdOf(transactionId, 1) });
      }),
    );
  }

  /** One page's places, and how it ends. */
  async page(scope: EventScope, after: number, limit = 100, filter: EventFilter = {}): Promise<PageShape> {
    return shapeOf(await this.reader.read(scope, after, limit, filter));
  }

  /** Reads all there is, as a consumer does, and acknowledges up to a place. */
  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'> {
    await this.reader.read(scope, this.reader.bounds(scope).oldest, 10_000, {});
    return this.reader.acknowledge(scope, consumer, upTo);
  }

  /** A second life on the same log, from a snapshot of this one. */
  async restart(options: { readonly tailEvents?: number } = {}): Promise<DeliveryRig> {
    const rig = new DeliveryRig({ ...options, log: this.log, clock: this.clock, stage: this.stage });
    for (const section of this.lanes.sections()) rig.lanes.restore(section);
    rig.lanes.restored();
    await rig.dispatcher.replay(this.log.end);
    rig.dispatcher.start();
    return rig;
  }
}

export type GivenEvent = Parameters<typeof eventRecord>[0] & { readonly chain?: string };

export function eventInput(record: EventRecord): NewRecord {
  const lane = eventLaneOf(record.tenant, record.subscriber, defaultShardCounts.eventLanes);
  return { stream: `events/${lane}`, payload: JSON.stringify(record) };
}

export type PageShape = readonly [places: readonly number[], through: number, hasMore: boolean] | string;

export function shapeOf(page: EventPage): PageShape {
  if (page.kind === 'too_old') return `too old, from ${page.oldest}`;
  return [page.events.map(({ place }) => place), page.through, page.hasMore];
}

export const alice: EventScope = { tenant: 'default', subscriber: 'alice' };
export const bob: EventScope = { tenant: 'default', subscriber: 'bob' };
export const wholeTenant: EventScope = { tenant: 'default', subscriber: null };

/** How many reads by position a log served, and a way to hold the next one up. */
export function watchReads(log: RecordLog): { count: number; positions: number; hold: Promise<void> | null } {
  const watched = { count: 0, positions: 0, hold: null as Promise<void> | null };
  const readAt = log.readAt.bind(log);
  log.readAt = async (positions) => {
    watched.count += 1;
    watched.positions += positions.length;
    await watched.hold;
    return readAt(positions);
  };
  return watched;
}
