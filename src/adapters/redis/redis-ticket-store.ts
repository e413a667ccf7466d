import type { TicketStore } from '../../ports/ticket-store.ts';
import type { RedisCluster } from './redis-cluster.ts';
import type { RedisFailures } from './redis-failures.ts';

export class RedisTicketStore implements TicketStore {
  readonly #keyPrefix: string;
  readonly #cluster: RedisCluster;
  readonly #failures: RedisFailures;

  constructor(
    options: { readonly keyPrefix: string },
    deps: { readonly cluster: RedisCluster; readonly failures: RedisFailures },
  ) {
    this.#keyPrefix = options.keyPrefix;
    this.#cluster = deps.cluster;
    this.#failures = deps.failures;
  }

  async issue(ticket: string, text: string, ttlMs: number): Promise<void> {
    const key = this.#key(ticket);
    await this.#counted(this.#cluster.run(key, ['SET', key, text, 'PX', String(ttlMs)]));
  }

  async redeem(ticket: string): Promise<string | null> {
    const key = this.#key(ticket);
    return (await this.#counted(this.#cluster.run(key, ['GETDEL', key]))) as string | null;
  }

  async #counted(work: Promise<unknown>): Promise<unknown> {
    try {
      return await work;
    } catch (error) {
      this.#failures.count('ticket');
      throw error;
    }
  }

  #key(ticket: string): string {
    return `${this.#keyPrefix}ticket:${ticket}`;
  }
}
