import { fullJitterDelayMs, type RetryBounds } from '../../lib/retry-delay.ts';
import type { Random, Scheduler } from '../../ports/clock.ts';
import type { RedisCluster } from './redis-cluster.ts';

const retryBounds: RetryBounds = { baseMs: 100, maxMs: 2_000 };

export interface TenantChannelOptions {
  readonly name: string;
  readonly onMessage: (message: string) => void;
  /** It is heard from now on; what was said before may have been missed. */
  readonly onHeard: () => void;
  readonly onFailure: () => void;
  /** Begins when it resolved. */
  readonly after: Promise<void>;
}

/** Keeps hearing one sharded channel, wherever its slot goes, until it is stopped. */
export class TenantChannel {
  readonly #options: TenantChannelOptions;
  readonly #cluster: RedisCluster;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    options: TenantChannelOptions,
    deps: { readonly cluster: RedisCluster; readonly scheduler: Scheduler; readonly random: Random },
  ) {
    this.#options = options;
    this.#cluster = deps.cluster;
    this.#scheduler = deps.scheduler;
    this.#random = deps.random;
    this.#done = this.#keep();
  }

  /** Resolves when nothing is called any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    await this.#options.after;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      if (await this.#hear(signal)) attempt = 0;
      if (signal.aborted) return;
      const delayMs = fullJitterDelayMs(attempt, retryBounds, this.#random);
      await this.#scheduler.sleep(delayMs, signal).catch(() => {
        // Stopped: the loop's condition sees it.
      });
    }
  }

  /** Until it is lost or stopped; false where it could not even begin. */
  async #hear(signal: AbortSignal): Promise<boolean> {
    const { name, onMessage, onHeard, onFailure } = this.#options;
    const lost = Promise.withResolvers<void>();
    const onAbort = (): void => lost.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const leave = await this.#cluster.subscribe(
        name,
        (message) => !signal.aborted && onMessage(message),
        lost.resolve,
      );
      if (!signal.aborted) onHeard();
      await lost.promise;
      if (signal.aborted) await leave();
      else onFailure();
      return true;
    } catch {
      if (!signal.aborted) onFailure(); // The cluster says in the log that it is away, once.
      return false;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
