import { Latch } from '../../lib/latch.ts';
import { type BrokerAddress, BrokerLink, type LinkOptions, textOf } from './broker-link.ts';
import { isPassing, PassingFault } from './fault-codes.ts';
import { keyOf, type PartitionPlace } from './partition-place.ts';

/** Requests that wait at the broker would hold up others behind them, so each kind has a connection of its own. */
export type LinkPurpose = 'produce' | 'follow' | 'read' | `group ${string}`;

export interface ClusterOptions extends LinkOptions {
  /** `HOST:PORT` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** In place of `requestTimeoutMs` where a group is joined: its coordinator answers when all have joined. */
  readonly groupTimeoutMs: number;
}

export interface TopicShape {
  readonly partitions: number;
  /** The fewest that any partition of it has. */
  readonly replicas: number;
}

/** Who is there, who leads what, and connections to them. Knows nothing of retries. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #bootstrap: readonly BrokerAddress[];
  readonly #nodes = new Map<number, BrokerAddress>();
  readonly #leaders = new Map<string, number>();
  readonly #links = new Map<string, Promise<BrokerLink>>();
  readonly #refreshes = new Map<string, Promise<void>>();
  readonly #silent = new Set<string>();
  #turn = 0;
  readonly #closed = new Latch();
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#bootstrap = options.brokers.map(addressOf);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when it is closed: whoever waits for better times stops waiting. */
  get closed(): Promise<void> {
    return this.#closed.wait();
  }

  /** How many brokers are known; 0 before the first refresh. */
  get size(): number {
    return this.#nodes.size;
  }

  /** Who leads the partition, as far as it is known. */
  leaderOf(place: PartitionPlace): number | null {
    return this.#leaders.get(keyOf(place)) ?? null;
  }

  /** Something said that it is not so any more. */
  forgetLeader(place: PartitionPlace): void {
    this.#leaders.delete(keyOf(place));
  }

  /** A connection to a broker, made where there is none. @throws PassingFault */
  async link(nodeId: number, purpose: LinkPurpose): Promise<BrokerLink> {
    const address = this.#nodes.get(nodeId);
    if (address === undefined) throw new PassingFault(`broker ${nodeId} is not known`);
    return this.#link(address, purpose);
  }

  /** What is under way on it fails, and the next one that asks gets a new one. */
  async closeLink(nodeId: number, purpose: LinkPurpose): Promise<void> {
    const address = this.#nodes.get(nodeId);
    if (address === undefined) return;
    const key = `${textOf(address)} ${purpose}`;
    const link = await this.#links.get(key)?.catch(() => null);
    this.#links.delete(key);
    await link?.close();
  }

  /**
   * Asks what every broker knows, one after the other until one answers: the same as before where it
   * can, and last those that did not answer the last time. @throws PassingFault
   */
  async askAny<Answer>(ask: (link: BrokerLink) => Promise<Answer>): Promise<Answer> {
    const reasons = new Set<string>();
    for (const address of this.#inTurn()) {
      const key = textOf(address);
      try {
        const answer = await ask(await this.#link(address, 'read'));
        this.#silent.delete(key);
        return answer;
      } catch (error) {
        if (!(error instanceof PassingFault)) throw error;
        this.#silent.add(key);
        reasons.add(error.message);
      }
    }
    throw new PassingFault(`no broker can be reached: ${[...reasons].join('; ')}`);
  }

  /** Asks who is there and who leads these topics. @throws PassingFault */
  refresh(topics: readonly string[]): Promise<void> {
    const key = topics.toSorted().join(' ');
    const running = this.#refreshes.get(key);
    if (running !== undefined) return running;
    const refreshed = this.#refresh(topics).finally(() => this.#refreshes.delete(key));
    this.#refreshes.set(key, refreshed);
    return refreshed;
  }

  /** Those of the topics that exist. @throws PassingFault */
  async shapesOf(topics: readonly string[]): Promise<ReadonlyMap<string, TopicShape>> {
    const { topics: found } = await this.askAny((link) => link.metadata(topics));
    return new Map(
      found
        .filter(({ errorCode }) => errorCode === 0)
        .map(({ name, partitions }) => [
          name ?? '',
          {
            partitions: partitions.length,
            replicas: Math.min(...partitions.map(({ replicaNodes }) => replicaNodes.length)),
          },
        ]),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.set();
    const links = await Promise.allSettled(this.#links.values());
    this.#links.clear();
    await Promise.allSettled(links.map((link) => (link.status === 'fulfilled' ? link.value.close() : null)));
  }

  async #refresh(topics: readonly string[]): Promise<void> {
    // Who is cut off from the others still says what was: where leaders are sought, another is asked each time.
    if (topics.length > 0) this.#turn += 1;
    const answer = await this.askAny((link) => link.metadata(topics));
    this.#nodes.clear();
    for (const { nodeId, host, port } of answer.brokers) this.#nodes.set(nodeId, { host: host as string, port });
    for (const topic of answer.topics) {
      for (const { partitionIndex, leaderId, errorCode } of topic.partitions) {
        const key = keyOf({ topic: topic.name as string, partition: partitionIndex });
        // A partition may have lost a replica and still be led.
        if (leaderId >= 0 && (errorCode === 0 || !isPassing(errorCode) || errorCode === 9)) {
          this.#leaders.set(key, leaderId);
        } else {
          this.#leaders.delete(key);
        }
      }
    }
  }

  #inTurn(): readonly BrokerAddress[] {
    const known = new Map([...this.#nodes.values(), ...this.#bootstrap].map((address) => [textOf(address), address]));
    const first = this.#turn % known.size;
    const inTurn = [...known].slice(first).concat([...known].slice(0, first));
    const isSilent = ([key]: readonly [string, BrokerAddress]): boolean => this.#silent.has(key);
    return [...inTurn.filter((one) => !isSilent(one)), ...inTurn.filter(isSilent)].map(([, address]) => address);
  }

  async #link(address: BrokerAddress, purpose: LinkPurpose): Promise<BrokerLink> {
    if (this.#isClosed) throw new PassingFault('the connection to Kafka was closed');
    const key = `${textOf(address)} ${purpose}`;
    const known = this.#links.get(key);
    if (known !== undefined) {
      const link = await known;
      if (link.isOpen) return link;
      // Somebody else may have made a new one while we looked.
      if (this.#links.get(key) !== known) return this.#link(address, purpose);
    }
    const { connectTimeoutMs, requestTimeoutMs, groupTimeoutMs } = this.#options;
    const isGroup = purpose.startsWith('group ');
    const timeoutMs = isGroup ? groupTimeoutMs : requestTimeoutMs;
    const made = BrokerLink.connect(address, { connectTimeoutMs, requestTimeoutMs: timeoutMs });
    this.#links.set(key, made);
    made.catch(() => {
      if (this.#links.get(key) === made) this.#links.delete(key);
    });
    return made;
  }
}

function addressOf(text: string): BrokerAddress {
  const cut = text.lastIndexOf(':');
  return { host: text.slice(0, cut).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(cut + 1)) };
}
