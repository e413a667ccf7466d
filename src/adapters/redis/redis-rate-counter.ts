import type { RateCount, RateCounter } from '../../ports/rate-counter.ts';
import type { RedisCluster } from './redis-cluster.ts';
import type { RedisFailures } from './redis-failures.ts';
import { tenantKey } from './tenant-key.ts';

/** The window is the key's time to live. */
const countInWindow = `
local total = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return {total, left}`;

export class RedisRateCounter implements RateCounter {
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

  async add(tenant: string, name: string, amount: number, windowMs: number): Promise<RateCount | null> {
    const key = tenantKey(this.#keyPrefix, tenant, 'rate', name);
    const command = ['EVAL', countInWindow, '1', key, String(amount), String(windowMs)];
    const answer = await this.#failures.guard('rate', this.#cluster.run(key, command), null);
    if (answer === null) return null;
    const [total, endsInMs] = answer as readonly [number, number];
    return { total, endsInMs };
  }
}
