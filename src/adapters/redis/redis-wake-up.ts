import { KeyedListeners } from '../../lib/keyed-listeners.ts';
import type { Random, Scheduler, Timer } from '../../ports/clock.ts';
import type { EventScope } from '../../ports/event-reader.ts';
import type { WakeUp } from '../../ports/wake-up.ts';
import type { RedisCluster } from './redis-cluster.ts';
import type { RedisFailures } from './redis-failures.ts';
import { TenantChannel } from './tenant-channel.ts';
import { tenantKey } from './tenant-key.ts';

/** A message names no more subscribers than this; one for more says to wake all. */
const namedSubscribersLimit = 500;
/** A tenant's channel is heard this long after the last listener left: most come back at once, with the next poll. */
const lingerMs = 30_000;

export interface RedisWakeUpDeps {
  readonly cluster: RedisCluster;
  readonly failures: RedisFailures;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

/** One tenant's bells on this node. */
interface TenantBells {
  readonly channel: TenantChannel;
  /** Runs while nobody listens. */
  leaving: Timer | null;
  /** By subscriber; the whole tenant's under the empty name, which no subscriber has. */
  readonly listeners: KeyedListeners;
}

/**
 * One sharded channel a tenant. A message is a JSON list of subscribers, `""` for the whole tenant
 * alone; `null` wakes everybody. While a message is on its way, what else rings for the tenant waits and goes as one.
 */
export class RedisWakeUp implements WakeUp {
  readonly #keyPrefix: string;
  readonly #deps: RedisWakeUpDeps;
  readonly #tenants = new Map<string, TenantBells>();
  readonly #waiting = new Map<string, Set<string>>();
  readonly #sending = new Map<string, Promise<void>>();
  readonly #stopping = new Map<string, Promise<void>>();

  constructor(options: { readonly keyPrefix: string }, deps: RedisWakeUpDeps) {
    this.#keyPrefix = options.keyPrefix;
    this.#deps = deps;
  }

  ring(scopes: readonly EventScope[]): void {
    for (const { tenant, subscriber } of scopes) {
      const waiting = this.#waiting.get(tenant) ?? new Set();
      this.#waiting.set(tenant, waiting.add(subscriber ?? ''));
      if (!this.#sending.has(tenant)) this.#sending.set(tenant, this.#send(tenant));
    }
  }

  watch({ tenant, subscriber }: EventScope, listener: () => void): () => void {
    const bells = this.#tenants.get(tenant) ?? this.#open(tenant);
    bells.leaving?.cancel();
    bells.leaving = null;
    const leave = bells.listeners.listen(subscriber ?? '', listener);
    return () => {
      leave();
      if (bells.listeners.size > 0 || bells.leaving !== null || this.#tenants.get(tenant) !== bells) return;
      bells.leaving = this.#deps.scheduler.after(lingerMs, () => this.#leave(tenant, bells));
    };
  }

  /** Resolves when no listener is called any more. */
  async close(): Promise<void> {
    for (const [tenant, bells] of this.#tenants) {
      bells.listeners.clear();
      this.#leave(tenant, bells);
    }
    await Promise.all([...this.#stopping.values(), ...this.#sending.values()]);
  }

  #open(tenant: string): TenantBells {
    const listeners = new KeyedListeners();
    const wakeAll = (): void => wake(listeners, null);
    const channel = new TenantChannel(
      {
        name: this.#channelOf(tenant),
        onMessage: (message) => wake(listeners, namesIn(message)),
        onHeard: wakeAll,
        onFailure: () => this.#deps.failures.count('bell'),
        // On one connection, who leaves a channel late would take it from who came early.
        after: this.#stopping.get(tenant) ?? Promise.resolve(),
      },
      this.#deps,
    );
    const bells: TenantBells = { channel, listeners, leaving: null };
    this.#tenants.set(tenant, bells);
    return bells;
  }

  #leave(tenant: string, bells: TenantBells): void {
    bells.leaving?.cancel();
    this.#tenants.delete(tenant);
    const stopped = bells.channel.stop().finally(() => {
      if (this.#stopping.get(tenant) === stopped) this.#stopping.delete(tenant);
    });
    this.#stopping.set(tenant, stopped);
  }

  async #send(tenant: string): Promise<void> {
    // What rings in one turn goes together.
    await null;
    for (let names = this.#take(tenant); names !== null; names = this.#take(tenant)) {
      const channel = this.#channelOf(tenant);
      const message = JSON.stringify(names.length > namedSubscribersLimit ? null : names);
      await this.#deps.failures.guard('bell', this.#deps.cluster.run(channel, ['SPUBLISH', channel, message]), null);
    }
    this.#sending.delete(tenant);
  }

  #take(tenant: string): readonly string[] | null {
    const waiting = this.#waiting.get(tenant);
    this.#waiting.delete(tenant);
    return waiting === undefined ? null : [...waiting];
  }

  #channelOf(tenant: string): string {
    return tenantKey(this.#keyPrefix, tenant, 'bell');
  }
}

function wake(listeners: KeyedListeners, subscribers: readonly string[] | null): void {
  for (const subscriber of new Set([...(subscribers ?? listeners.keys()), ''])) listeners.call(subscriber);
}

/** Whatever else stands on the channel, waking everybody is never wrong. */
function namesIn(message: string): readonly string[] | null {
  try {
    const names: unknown = JSON.parse(message);
    return Array.isArray(names) ? names.map(String) : null;
  } catch {
    return null;
  }
}
