import type { EventRecord } from '../core/records/event-record.ts';
import { isNewer, type Origin } from '../core/records/origin.ts';
import { TxTrailError } from '../lib/error.ts';
import { doublingDelayMs } from '../lib/retry-delay.ts';
import { pause } from '../lib/pause.ts';
import type { Clock, Scheduler } from '../ports/clock.ts';
import type { EventScope } from '../ports/event-reader.ts';
import type { Logger } from '../ports/logger.ts';
import type { LaneCommit, LaneHold, Mailbox } from '../ports/mailbox.ts';
import type { Counter, Histogram } from '../ports/metrics.ts';
import type { BrokerFollower, StoredRecord, StreamBroker } from '../ports/stream-broker.ts';
import type { WakeUp } from '../ports/wake-up.ts';
import { scopeKey } from './scope-key.ts';

const retryBounds = { baseMs: 100, maxMs: 5_000 };

export interface LaneDeliveryDeps {
  readonly broker: StreamBroker;
  readonly mailbox: Mailbox;
  readonly wakeUp: WakeUp;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly numbered: Counter;
  readonly repeated: Counter;
  readonly stage: Histogram;
}

/**
 * Stage 4, DELIVER, the writing half where the mailbox is shared: the owner of one event lane takes
 * what is owed to its subscribers from `events/<lane>`, leaves out what was said before, and commits
 * numbers, rows and its place in one. Only then are readers woken (P08 to P11).
 */
export class LaneDelivery {
  readonly #lane: number;
  readonly #deps: LaneDeliveryDeps;
  readonly #closed = new AbortController();
  readonly #ended = Promise.withResolvers<Error>();
  #hold: LaneHold | null = null;
  #progress: number | null = null;
  #origins = new Map<string, Origin>();
  #follower: BrokerFollower | null = null;

  constructor(options: { readonly lane: number }, deps: LaneDeliveryDeps) {
    this.#lane = options.lane;
    this.#deps = deps;
  }

  /** Settles when it cannot go on: `lane_taken` where another owner took over. Never rejects. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /** Every record of its stream below this offset is in the mailbox; null: it was not begun. */
  progress(): number | null {
    return this.#progress;
  }

  /** @throws TxTrailError `store_unavailable` */
  async start(): Promise<void> {
    const hold = await this.#take();
    this.#follower = this.#deps.broker.follow(
      `events/${this.#lane}`,
      hold.through,
      (records) => this.#deliver(records),
      (cause) => this.#ended.resolve(cause),
    );
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#follower?.stop();
  }

  async #take(): Promise<LaneHold> {
    const hold = await this.#deps.mailbox.take(this.#lane);
    this.#hold = hold;
    this.#progress = hold.through;
    this.#origins = new Map(hold.origins);
    return hold;
  }

  async #deliver(records: readonly StoredRecord[]): Promise<void> {
    const last = records.at(-1);
    if (last === undefined) return;
    const committed = await this.#tried(() => this.#commit(records, last.offset + 1));
    if (committed !== null && committed.length > 0) this.#wake(committed);
  }

  /** What it numbered; after a commit whose fate is not known, takes the lane again and so learns it. */
  async #commit(records: readonly StoredRecord[], through: number): Promise<readonly EventRecord[]> {
    const hold = this.#hold ?? (await this.#take());
    if (hold.through >= through) return [];
    const batch = this.#batchOf(records, through);
    this.#hold = null;
    await this.#deps.mailbox.commit(hold, batch);
    this.#hold = { ...hold, through };
    this.#progress = through;
    for (const [source, origin] of batch.origins) this.#origins.set(source, origin);
    this.#deps.repeated.add(records.length - batch.events.length);
    return batch.events;
  }

  #batchOf(records: readonly StoredRecord[], through: number): LaneCommit {
    const origins = new Map<string, Origin>();
    const events: EventRecord[] = [];
    for (const record of records) {
      const event = this.#read(record);
      const { origin } = event;
      if (!isNewer(origin, origins.get(origin.source) ?? this.#origins.get(origin.source))) continue;
      origins.set(origin.source, origin);
      events.push(event);
    }
    return { through, events, origins };
  }

  #read({ offset, value }: StoredRecord): EventRecord {
    try {
      return JSON.parse(value ?? '') as EventRecord;
    } catch (cause) {
      const message = `The record at ${offset} of events/${this.#lane} is no event; nothing behind it is delivered. Report it.`;
      throw new TxTrailError('record_not_applied', message, {
        cause,
        facts: { stream: `events/${this.#lane}`, offset },
      });
    }
  }

  #wake(events: readonly EventRecord[]): void {
    const { clock, numbered, stage, wakeUp } = this.#deps;
    const nowMs = clock.now();
    const scopes = new Map<string, EventScope>();
    for (const { tenant, subscriber, timeMs } of events) {
      stage.observe(Math.max(0, nowMs - timeMs) / 1_000, { stage: 'decided_to_numbered' });
      for (const scope of [
        { tenant, subscriber },
        { tenant, subscriber: null },
      ])
        scopes.set(scopeKey(scope), scope);
    }
    numbered.add(events.length);
    wakeUp.ring([...scopes.values()]);
  }

  /** Waits out a store that is away; null: it was closed meanwhile. Anything else is thrown. */
  async #tried<Value>(work: () => Promise<Value>): Promise<Value | null> {
    const { scheduler, logger } = this.#deps;
    for (let attempt = 1; !this.#closed.signal.aborted; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TxTrailError && error.code === 'store_unavailable')) throw error;
        if (attempt === 1) logger.warn('events cannot be committed; it is tried again', { lane: this.#lane, error });
        const delayMs = doublingDelayMs(attempt, retryBounds);
        await pause(scheduler, delayMs, this.#closed.signal);
      }
    }
    return null;
  }
}
