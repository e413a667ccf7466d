import { createNodeNetwork } from '../../src/adapters/node/node-network.ts';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { type Claim, claimedRecordValue, claimValue } from '../../src/core/records/claimed-stream.ts';
import { partitionOf, type ShardCounts, type StreamName } from '../../src/core/records/stream.ts';
import { LaneDelivery } from '../../src/notify/lane-delivery.ts';
import type { EventScope, ReadEvent } from '../../src/ports/event-reader.ts';
import type { Machine, Services } from '../../src/runtime/distributed/ports.ts';
import type { ShardWork } from '../../src/runtime/distributed/shard-keeper.ts';
import { openStatusUnit } from '../../src/runtime/distributed/status-unit.ts';
import { type ManualClock, recordingLogger, recordingMetrics } from '../harness/recording-ports.ts';
import { waitUntil } from '../harness/wait-until.ts';
import type { InputTrace, TraceInput } from './input-trace.ts';
import { ToldTimers } from './told-timers.ts';
import { WatchedBroker } from './watched-broker.ts';

export type TraceServices = Pick<Services, 'broker' | 'mailbox' | 'readModel' | 'statusCache' | 'wakeUp'>;

export interface DistributedWayOptions {
  /** Of status and of delivery. */
  readonly partitions: number;
}

/** How the owners before end that another one followed. */
const followedCodes = ['log_taken', 'log_failed', 'lane_taken'];
const pageLimit = 500;

/**
 * A trace goes through the units of the status role and the lanes of the notify role over the
 * services that their processes share. Where the recorded process began anew every unit, lane and
 * watcher has a new owner, and nobody tells the one before.
 */
export class DistributedWay {
  readonly #shards: ShardCounts;
  readonly #trace: InputTrace;
  readonly #services: TraceServices;
  readonly #broker: WatchedBroker;
  readonly #timers = new ToldTimers();
  readonly #machine: Machine;
  readonly #failure = Promise.withResolvers<never>();
  readonly #clock: ManualClock;
  #owners: readonly ShardWork[] = [];
  #followed: readonly ShardWork[] = [];
  /** By chain and start. */
  readonly #claims = new Map<string, Claim>();
  /** Starts so far; each names its watchers. */
  #starts = 0;
  readonly #lastOf = new Map<string, string>();
  /** Events that lanes took: numbered, or said before. */
  #delivered = 0;

  constructor(
    options: DistributedWayOptions,
    trace: InputTrace,
    deps: TraceServices & { readonly clock: ManualClock },
  ) {
    const { partitions } = options;
    this.#shards = { partitions, senderLanes: partitions, eventLanes: partitions };
    this.#trace = trace;
    this.#services = deps;
    this.#clock = deps.clock;
    this.#broker = new WatchedBroker({ units: partitions }, deps.broker);
    this.#machine = {
      clock: deps.clock,
      scheduler: this.#timers,
      random: createSystemRandom(),
      logger: recordingLogger(),
      metrics: { ...recordingMetrics(), text: async () => '' },
      network: createNodeNetwork(),
      listener: nodeListener,
      version: '0',
    };
    // Told to whoever waits for it next.
    this.#failure.promise.catch(() => undefined);
  }

  /** Resolves when what follows from it was applied too. */
  async put(input: TraceInput): Promise<void> {
    switch (input.kind) {
      case 'start':
        await this.#begin();
        break;
      case 'block':
        this.#lastOf.set(input.chain, input.payload);
        await this.#write(`blocks/${input.chain}`, this.#blockValue(input.chain, this.#starts, input.payload));
        break;
      case 'registration':
        await this.#write(`registrations/${this.#partitionOf(input.hash)}`, input.payload);
        break;
      case 'fact':
        await this.#write(`facts/${this.#partitionOf(input.hash)}`, input.payload);
        break;
      default:
    }
    await this.#orFailure(this.#broker.atRest());
  }

  /** Tells the time to whoever waits for a moment. */
  async tick(): Promise<void> {
    this.#timers.ring();
    await this.#orFailure(this.#broker.atRest());
  }

  /** Resolves when every event was delivered. */
  async delivered(): Promise<void> {
    const said = this.#broker.countOf('events');
    const what = `${said} events to be delivered`;
    await this.#orFailure(
      waitUntil(() => this.#delivered === said, { what, describe: () => `${this.#delivered} were` }),
    );
  }

  async events(scope: EventScope): Promise<readonly ReadEvent[]> {
    const { mailbox } = this.#services;
    const events: ReadEvent[] = [];
    for (let after = (await mailbox.bounds(scope)).oldest; ; ) {
      const page = await mailbox.read(scope, after, pageLimit, {});
      if (page.kind === 'too_old') throw new Error('events left while they were read');
      events.push(...page.events);
      if (!page.hasMore) return events;
      after = page.through;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#owners, ...this.#followed].map((owner) => owner.close()));
  }

  #orFailure<Value>(work: Promise<Value>): Promise<Value> {
    return Promise.race([work, this.#failure.promise]);
  }

  #partitionOf(hash: string): number {
    return partitionOf(hash, this.#shards.partitions);
  }

  #blockValue(chain: string, start: number, payload: string): string {
    const claim = this.#claims.get(`${chain} ${start}`);
    if (claim === undefined) throw new Error(`nobody claimed ${chain} at start ${start}`);
    return claimedRecordValue(claim, this.#clock.now(), payload);
  }

  /** Gives the offset. */
  async #write(stream: StreamName, value: string): Promise<number> {
    const [offset] = await this.#broker.append(stream, [{ key: null, value }]);
    return Number(offset);
  }

  /** New owners of everything, while those before still run. */
  async #begin(): Promise<void> {
    const before = this.#followed;
    this.#followed = this.#owners;
    this.#owners = [];
    await Promise.all(before.map((owner) => owner.close()));
    const { partitions } = this.#shards;
    const shards = Array.from({ length: partitions }, (_, shard) => shard);
    const opened = await Promise.all(shards.flatMap((shard) => [this.#openUnit(shard), this.#openLane(shard)]));
    this.#owners = opened;
    for (const owner of opened) void owner.ended.then((cause) => this.#ended(owner, cause));
    this.#starts += 1;
    for (const { chain } of this.#trace.config.chains) {
      const writer = `watcher-${this.#starts}`;
      const offset = await this.#write(`blocks/${chain}`, claimValue(writer, this.#clock.now()));
      this.#claims.set(`${chain} ${this.#starts}`, { writer, offset });
      const last = this.#lastOf.get(chain);
      // The watcher before has not noticed, and says once more what it said last.
      if (last !== undefined) await this.#write(`blocks/${chain}`, this.#blockValue(chain, this.#starts - 1, last));
    }
  }

  #ended(owner: ShardWork, cause: Error): void {
    const isFollowed = !this.#owners.includes(owner);
    if (isFollowed && followedCodes.includes((cause as { readonly code?: string }).code ?? '')) return;
    this.#failure.reject(new Error('an owner ended that nobody followed', { cause }));
  }

  #openUnit(unit: number): Promise<ShardWork> {
    const { config, limits } = this.#trace;
    const chains = config.chains.map(({ chain }) => chain);
    const tracked = { set: () => undefined };
    return openStatusUnit(
      { unit, shards: this.#shards, chains, limits },
      { ...this.#machine, ...this.#services, broker: this.#broker, tracked },
    );
  }

  async #openLane(lane: number): Promise<ShardWork> {
    const count = {
      add: (amount = 1) => {
        this.#delivered += amount;
      },
    };
    const delivery = new LaneDelivery(
      { lane },
      {
        ...this.#machine,
        ...this.#services,
        broker: this.#broker,
        // A store that is away for a moment comes back in real time.
        scheduler: createTimerScheduler(),
        numbered: count,
        repeated: count,
        stage: { observe: () => undefined },
      },
    );
    await delivery.start();
    return delivery;
  }
}
