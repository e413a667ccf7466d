import type { Scheduler, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { hashSlot } from './hash-slot.ts';
import { readRedisUrls, type RedisAccess } from './redis-access.ts';
import { isRefusal, RedisLink } from './redis-link.ts';
import { SlotMap } from './slot-map.ts';
import { unavailable, within } from './within.ts';

export interface RedisClusterOptions {
  /** `redis://[user:password@]host:port` (`rediss:` for TLS) of some nodes; they tell of the others. */
  readonly urls: readonly string[];
  /** The bound of connecting, and of waiting for an answer. */
  readonly timeoutMs: number;
}

export interface RedisClusterDeps {
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/** A slot may be on its way: where it went is said twice at most before a map is right. */
const redirectsLimit = 4;
/** A node that could not be reached is not tried again before this is over; calls that need it fail at once. */
const restMs = 500;

/**
 * A Redis Cluster: sends each command to the master of its key's slot, over one connection a node.
 * Nothing waits for a node to come back: a call fails within its bound, and the next one finds the
 * node again, or the one that took its place.
 */
export class RedisCluster {
  readonly #addresses: readonly string[];
  readonly #access: RedisAccess;
  readonly #timeoutMs: number;
  readonly #deps: RedisClusterDeps;
  readonly #slots = new SlotMap();
  readonly #links = new Map<string, Promise<RedisLink>>();
  readonly #resting = new Map<string, Timer>();
  /** Those that did not answer when they were last asked: one of a cluster may be away for long. */
  readonly #silent = new Set<string>();
  #learning: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: RedisClusterOptions, deps: RedisClusterDeps) {
    const { addresses, access } = readRedisUrls(options.urls);
    this.#addresses = addresses;
    this.#access = access;
    this.#timeoutMs = options.timeoutMs;
    this.#deps = deps;
  }

  /** @throws TxTrailError `store_unavailable` (retryable); the command may have been done then */
  async run(key: string, command: readonly string[]): Promise<unknown> {
    return this.#withMaster(key, (link, asking) => (asking ? link.send(['ASKING'], command) : link.send(command)));
  }

  /**
   * Hears a sharded channel. `onLost` is called once when its messages do not come any more: the
   * connection broke, or the slot went elsewhere.
   * @returns the way to stop
   * @throws TxTrailError `store_unavailable` (retryable)
   */
  async subscribe(
    channel: string,
    listener: (message: string) => void,
    onLost: () => void,
  ): Promise<() => Promise<void>> {
    const link = await this.#withMaster(channel, async (master) => {
      await master.subscribe(channel, listener, onLost);
      return master;
    });
    return () => (link.isOpen ? link.unsubscribe(channel) : Promise.resolve());
  }

  /** Ends all connections; later calls fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const rest of this.#resting.values()) rest.cancel();
    const links = await Promise.allSettled(this.#links.values());
    for (const link of links) if (link.status === 'fulfilled') link.value.close();
    await this.#learning;
  }

  async #withMaster<Value>(key: string, task: (link: RedisLink, asking: boolean) => Promise<Value>): Promise<Value> {
    const slot = hashSlot(key);
    let address = this.#slots.masterOf(slot) ?? (await this.#learnMasterOf(slot));
    let asking = false;
    for (let redirects = 0; ; redirects += 1) {
      try {
        const answer = await task(await this.#link(address), asking);
        this.#noteReachable(address);
        return answer;
      } catch (error) {
        const redirect = redirects < redirectsLimit ? redirectIn(error, address) : null;
        if (redirect === null) throw this.#failed(address, error);
        ({ address, asking } = redirect);
        if (!asking) this.#slots.move(slot, address);
      }
    }
  }

  /** Whatever the fault, the map may be old: it is made anew while the caller hears of the fault. */
  #failed(address: string, error: unknown): Error {
    void this.#learn();
    if (!this.#silent.has(address)) {
      this.#deps.logger.warn('Redis does not answer as it should', { address, cause: String(error) });
    }
    this.#silent.add(address);
    return isRefusal(error) ? unavailable(`${address} answered: ${error.message}`, error) : (error as Error);
  }

  #noteReachable(address: string): void {
    if (this.#silent.delete(address)) this.#deps.logger.info('Redis answers again', { address });
  }

  async #learnMasterOf(slot: number): Promise<string> {
    const learned = this.#learn();
    // One node after the other is asked: who finds that none told lately leaves them the time, and goes without.
    if (!this.#silent.has(this.#everyNode)) {
      const { scheduler } = this.#deps;
      // Where none told in time the map is empty, and that is told below.
      await within(learned, this.#timeoutMs, scheduler, this.#everyNode).catch(() => undefined);
    }
    const address = this.#slots.masterOf(slot);
    if (address !== null) return address;
    throw this.#failed(this.#everyNode, unavailable(`no node names a master of slot ${slot}`, undefined));
  }

  /** For what none of them did. */
  get #everyNode(): string {
    return this.#addresses.join(', ');
  }

  /** Asks one node after the other for the map of slots, until one gives it. Never throws. */
  #learn(): Promise<void> {
    this.#learning ??= this.#askForSlots().finally(() => {
      this.#learning = null;
    });
    return this.#learning;
  }

  async #askForSlots(): Promise<void> {
    for (const address of new Set([...this.#slots.nodes, ...this.#addresses])) {
      if (this.#isClosed) return;
      try {
        const link = await this.#link(address);
        if (!this.#slots.replace(await link.send(['CLUSTER', 'SLOTS']), address)) continue;
        if (this.#slots.isWhole) this.#noteReachable(this.#everyNode);
        this.#forgetGone();
        return;
      } catch (error) {
        this.#deps.logger.debug('a node of Redis gave no map of slots', { address, cause: String(error) });
      }
    }
  }

  /** What is no node of the cluster any more is not asked again. */
  #forgetGone(): void {
    const known = new Set([...this.#slots.nodes, this.#everyNode]);
    for (const address of this.#silent) if (!known.has(address)) this.#silent.delete(address);
  }

  #link(address: string): Promise<RedisLink> {
    const present = this.#links.get(address);
    if (present !== undefined) return present;
    if (this.#isClosed) return Promise.reject(unavailable('the connections were closed', undefined));
    if (this.#resting.has(address)) {
      return Promise.reject(unavailable(`${address} did not take a connection a moment ago`, undefined));
    }
    const opening = RedisLink.open({ address, access: this.#access, timeoutMs: this.#timeoutMs }, this.#deps.scheduler);
    this.#links.set(address, opening);
    void this.#keep(address, opening);
    return opening;
  }

  /** Forgets the link when it ended, so that the next call opens another. Never throws. */
  async #keep(address: string, opening: Promise<RedisLink>): Promise<void> {
    try {
      await (await opening).ended;
    } catch {
      // Who asked for the link hears of the fault.
      const rest = this.#deps.scheduler.after(restMs, () => this.#resting.delete(address));
      this.#resting.set(address, rest);
    } finally {
      this.#links.delete(address);
    }
  }
}

/** `MOVED slot host:port` or `ASK slot host:port`; a node that does not know its own name leaves the host empty. */
function redirectIn(error: unknown, from: string): { readonly address: string; readonly asking: boolean } | null {
  const match = isRefusal(error) ? /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(error.message) : null;
  if (match === null) return null;
  const host = match[2] === '' ? from.slice(0, from.lastIndexOf(':')) : match[2];
  return { address: `${host}:${match[3]}`, asking: match[1] === 'ASK' };
}
