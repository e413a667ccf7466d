import type { LiveSession, SessionList } from '../../ports/session-list.ts';
import type { RedisCluster } from './redis-cluster.ts';
import type { RedisFailures } from './redis-failures.ts';
import { tenantKey } from './tenant-key.ts';

/**
 * Two keys a subscriber: when each session ends (a sorted set), and what it said of itself (a hash).
 * Time is the server's own, so that the clocks of nodes do not matter.
 */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
const dropEnded = `
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end`;
const putSession = `${now}${dropEnded}
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
redis.call('PEXPIREAT', KEYS[1], last)
redis.call('PEXPIREAT', KEYS[2], last)
return 1`;
const removeSession = `
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('HDEL', KEYS[2], ARGV[1])`;
const listSessions = `${now}${dropEnded}
return redis.call('HGETALL', KEYS[2])`;

export class RedisSessionList implements SessionList {
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

  async put(tenant: string, subscriber: string, session: LiveSession, ttlMs: number): Promise<void> {
    await this.#evaluate(putSession, tenant, subscriber, [session.id, session.text, String(ttlMs)]);
  }

  async remove(tenant: string, subscriber: string, id: string): Promise<void> {
    await this.#evaluate(removeSession, tenant, subscriber, [id]);
  }

  async list(tenant: string, subscriber: string): Promise<readonly LiveSession[] | null> {
    const answer = await this.#evaluate(listSessions, tenant, subscriber, []);
    if (answer === null) return null;
    const flat = answer as readonly string[];
    const sessions = flat.flatMap((id, index) => (index % 2 === 0 ? [{ id, text: flat[index + 1] ?? '' }] : []));
    return sessions.sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  #evaluate(script: string, tenant: string, subscriber: string, values: readonly string[]): Promise<unknown> {
    const key = (kind: string) => tenantKey(this.#keyPrefix, tenant, kind, subscriber);
    const command = ['EVAL', script, '2', key('session-ends'), key('sessions'), ...values];
    return this.#failures.guard('session', this.#cluster.run(key('sessions'), command), null);
  }
}
