import { Latch } from '../../lib/latch.ts';
import type { Logger } from '../../ports/logger.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import type { BrokerLink, FetchAnswer, FetchedPart } from './broker-link.ts';
import type { Cluster } from './cluster.ts';
import { faultCodes, isPassing, PassingFault } from './fault-codes.ts';
import { FetchSession } from './fetch-session.ts';
import { recordsOf } from './fetched-records.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import { type FeedFollower, PartitionFeed } from './partition-feed.ts';
import { keyOf, type PartitionPlace } from './partition-place.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { Patience } from './patience.ts';

export interface FollowerLoopsOptions {
  /** How long a broker waits for news before it answers that there are none: what is wanted anew waits so long. */
  readonly maxWaitMs: number;
  /** Bytes of one partition in one answer; one batch may be larger. */
  readonly partitionBytes: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
}

export interface FollowerLoopsDeps {
  readonly cluster: Pick<Cluster, 'leaderOf' | 'forgetLeader' | 'refresh'> & {
    link(nodeId: number, use: 'follow'): Promise<Pick<BrokerLink, 'fetchParts'>>;
  };
  readonly reader: PartitionReader;
  readonly patience: Patience;
  readonly metrics: KafkaMetrics;
  readonly logger: Logger;
}

/** Failures in a row: one or two come with every leader that changes. */
const toldAfter = 3;

/** Follows many partitions: to each broker goes one fetch after the other, for all that it leads and anybody wants. */
export class FollowerLoops {
  readonly #options: FollowerLoopsOptions;
  readonly #deps: FollowerLoopsDeps;
  readonly #feeds = new Map<string, PartitionFeed>();
  readonly #followers = new Set<FeedFollower>();
  readonly #loops = new Map<number, { readonly latch: Latch; readonly done: Promise<void> }>();
  #isRecovering = false;
  #isStopped = false;

  constructor(options: FollowerLoopsOptions, deps: FollowerLoopsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  follow(
    place: PartitionPlace,
    from: number,
    sink: (records: readonly StoredRecord[]) => void | Promise<void>,
    onFailure: (cause: Error) => void,
  ): FeedFollower {
    const follower = this.#feed(place).follow(from, sink, (cause) => {
      this.#followers.delete(follower);
      if (cause !== null) onFailure(cause);
    });
    this.#followers.add(follower);
    return follower;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#followers].map((follower) => follower.stop()));
    this.#wakeAll();
    // A fetch that waits at the broker ends with its connection.
  }

  /** Resolves when no fetch is under way: after the connections were closed. */
  async ended(): Promise<void> {
    await Promise.all([...this.#loops.values()].map(({ done }) => done));
  }

  #feed(place: PartitionPlace): PartitionFeed {
    const key = keyOf(place);
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    const feed = new PartitionFeed(place, { reader: this.#deps.reader, onChange: () => this.#wake(feed) });
    this.#feeds.set(key, feed);
    return feed;
  }

  #wake(feed: PartitionFeed): void {
    if (this.#isStopped || !feed.isWanted) return;
    const leader = this.#deps.cluster.leaderOf(feed.place);
    if (leader === null) this.#recover();
    else this.#loop(leader).latch.set();
  }

  #wakeAll(): void {
    for (const { latch } of this.#loops.values()) latch.set();
  }

  #loop(nodeId: number): { readonly latch: Latch } {
    const known = this.#loops.get(nodeId);
    if (known !== undefined) return known;
    const latch = new Latch();
    const loop = { latch, done: this.#run(nodeId, latch) };
    this.#loops.set(nodeId, loop);
    return loop;
  }

  /** Never rejects. */
  async #run(nodeId: number, latch: Latch): Promise<void> {
    const session = new FetchSession();
    for (let failures = 0; !this.#isStopped; ) {
      latch.reset();
      const feeds = this.#wantedOf(nodeId);
      if (feeds.length === 0) {
        await latch.wait();
        continue;
      }
      try {
        await this.#fetchFrom(nodeId, session, feeds);
        if (failures >= toldAfter) this.#deps.logger.info('records are fetched from a broker again', { nodeId });
        failures = 0;
      } catch (error) {
        // The connection, or the broker: somebody else may lead its partitions now.
        session.reset();
        failures += 1;
        if (failures === toldAfter) this.#tellFailing(nodeId, feeds, error);
        for (const { place } of feeds) this.#deps.cluster.forgetLeader(place);
        this.#deps.metrics.retries.add();
        if (this.#isStopped) return;
        await this.#deps.patience.pause(failures);
        this.#recover();
      }
    }
  }

  #tellFailing(nodeId: number, feeds: readonly PartitionFeed[], error: unknown): void {
    const partitions = feeds.map(({ place }) => keyOf(place));
    this.#deps.logger.warn('records cannot be fetched from a broker; it is tried again, wherever they are led from', {
      nodeId,
      partitions: partitions.length,
      first: partitions[0],
      error,
    });
  }

  #wantedOf(nodeId: number): readonly PartitionFeed[] {
    return [...this.#feeds.values()].filter(
      (feed) => feed.isWanted && this.#deps.cluster.leaderOf(feed.place) === nodeId,
    );
  }

  async #fetchFrom(nodeId: number, session: FetchSession, feeds: readonly PartitionFeed[]): Promise<void> {
    const { cluster, metrics } = this.#deps;
    const { maxWaitMs, partitionBytes, answerBytes: bytes } = this.#options;
    const link = await cluster.link(nodeId, 'follow');
    const asked = new Map(feeds.map((feed) => [keyOf(feed.place), { feed, offset: feed.next }]));
    const parts = [...asked.values()].map(({ feed, offset }) => ({ ...feed.place, offset }));
    const answer = await link.fetchParts({ maxWaitMs, partitionBytes, bytes, ...session.next(parts) });
    this.#assertKnown(answer);
    session.answered(answer);
    if (answer.parts.length > 0) metrics.requests.add(1, { kind: 'fetch' });
    for (const part of answer.parts) {
      const known = asked.get(keyOf(part));
      if (known === undefined) continue;
      if (part.code === 0) known.feed.take(known.offset, recordsOf(part.batches, known.offset));
      else this.#refused(known.feed, known.offset, part);
    }
  }

  #assertKnown({ code }: FetchAnswer): void {
    if (code !== 0) throw new PassingFault(`the fetch was answered with error ${code}`);
  }

  #refused(feed: PartitionFeed, offset: number, { code }: FetchedPart): void {
    if (code === faultCodes.offsetOutOfRange) {
      // Not asked for again before it is known why.
      this.#deps.cluster.forgetLeader(feed.place);
      void this.#tellMissing(feed, offset);
    } else if (isPassing(code)) {
      this.#deps.cluster.forgetLeader(feed.place);
      this.#recover();
    } else {
      feed.fail(offset, new Error(`${keyOf(feed.place)} cannot be followed: Kafka answers with error ${code}`));
    }
  }

  /** Never rejects. */
  async #tellMissing(feed: PartitionFeed, offset: number): Promise<void> {
    try {
      const missing = await this.#deps.reader.whyMissing(feed.place, offset);
      if (missing !== null) feed.fail(offset, missing);
    } catch {
      // The service is away: the next fetch tells.
    }
    this.#recover();
  }

  /** Asks who leads what is wanted, until everything has a leader. */
  #recover(): void {
    if (this.#isRecovering || this.#isStopped) return;
    this.#isRecovering = true;
    void this.#recoverAll().finally(() => {
      this.#isRecovering = false;
    });
  }

  async #recoverAll(): Promise<void> {
    const { cluster, patience } = this.#deps;
    for (let attempt = 1; !this.#isStopped; attempt += 1) {
      const lost = [...this.#feeds.values()].filter((feed) => feed.isWanted && cluster.leaderOf(feed.place) === null);
      if (lost.length === 0) break;
      try {
        await cluster.refresh([...new Set(lost.map(({ place }) => place.topic))]);
      } catch {
        // Nobody can be reached: it is tried again below.
      }
      if (lost.some(({ place }) => cluster.leaderOf(place) === null)) await patience.pause(attempt);
    }
    for (const feed of this.#feeds.values()) this.#wake(feed);
  }
}
