import type { LiveReport } from '../../ports/live-report.ts';
import type { RedisCluster } from './redis-cluster.ts';
import type { RedisFailures } from './redis-failures.ts';

/** One key a report; names are few, and of many slots. */
export class RedisLiveReport implements LiveReport {
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

  async publish(name: string, text: string, ttlMs: number): Promise<void> {
    const key = this.#key(name);
    const command = ['SET', key, text, 'PX', String(ttlMs)];
    await this.#failures.guard('report', this.#cluster.run(key, command), null);
  }

  read(names: readonly string[]): Promise<readonly (string | null)[]> {
    return Promise.all(
      names.map(async (name) => {
        const key = this.#key(name);
        const answer = this.#cluster.run(key, ['GET', key]);
        return (await this.#failures.guard('report', answer, null)) as string | null;
      }),
    );
  }

  #key(name: string): string {
    return `${this.#keyPrefix}report:${name}`;
  }
}
