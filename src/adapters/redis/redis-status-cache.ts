import type { Counter, Metrics } from '../../ports/metrics.ts';
import { type CachedStatus, type StatusCache, statusCacheTtlMs } from '../../ports/status-cache.ts';
import type { RedisCluster } from './redis-cluster.ts';
import type { RedisFailures } from './redis-failures.ts';
import { tenantKey } from './tenant-key.ts';

/** A value is `<version> <text>`, or `<version>` alone where the transaction is not tracked any more. */
const putIfNewer = `
local function version(value) return tonumber(string.match(value, '^%d+')) end
for index, key in ipairs(KEYS) do
  local kept = redis.call('GET', key)
  if not kept or version(kept) < version(ARGV[index]) then
    redis.call('SET', key, ARGV[index], 'PX', ARGV[#KEYS + 1])
  end
end
return 1`;

/** A script holds up the node while it runs. */
const entriesPerCall = 200;

export class RedisStatusCache implements StatusCache {
  readonly #keyPrefix: string;
  readonly #cluster: RedisCluster;
  readonly #failures: RedisFailures;
  readonly #reads: Counter;

  constructor(
    options: { readonly keyPrefix: string },
    deps: { readonly cluster: RedisCluster; readonly failures: RedisFailures; readonly metrics: Metrics },
  ) {
    this.#keyPrefix = options.keyPrefix;
    this.#cluster = deps.cluster;
    this.#failures = deps.failures;
    this.#reads = deps.metrics.counter({
      name: 'txtrail_status_cache_reads_total',
      help: 'Transactions looked up in the cache of statuses, by outcome',
      labels: ['outcome'],
    });
  }

  async get(tenant: string, ids: readonly string[]): Promise<readonly (string | null | undefined)[]> {
    const keys = ids.map((id) => this.#key(tenant, id));
    const [first] = keys;
    if (first === undefined) return [];
    const answer = await this.#failures.guard('status', this.#cluster.run(first, ['MGET', ...keys]), []);
    const values = answer as readonly (string | null)[];
    const texts = ids.map((_, index) => textIn(values[index] ?? null));
    const hits = texts.filter((text) => text !== undefined).length;
    if (hits > 0) this.#reads.add(hits, { outcome: 'hit' });
    if (hits < ids.length) this.#reads.add(ids.length - hits, { outcome: 'miss' });
    return texts;
  }

  async put(entries: readonly CachedStatus[]): Promise<boolean> {
    const byTenant = Map.groupBy(entries, ({ tenant }) => tenant);
    const calls = [...byTenant.values()].flatMap((own) =>
      Array.from({ length: Math.ceil(own.length / entriesPerCall) }, (_, call) =>
        this.#putOf(own.slice(call * entriesPerCall, (call + 1) * entriesPerCall)),
      ),
    );
    const taken = await Promise.all(calls);
    return taken.every((isTaken) => isTaken);
  }

  /** Entries of one tenant, whose keys are all on one slot. */
  async #putOf(entries: readonly CachedStatus[]): Promise<boolean> {
    const keys = entries.map(({ tenant, id }) => this.#key(tenant, id));
    const values = entries.map(({ version, text }) => (text === null ? `${version}` : `${version} ${text}`));
    const command = ['EVAL', putIfNewer, String(keys.length), ...keys, ...values, String(statusCacheTtlMs)];
    const answer = await this.#failures.guard('status', this.#cluster.run(keys[0] ?? '', command), null);
    return answer !== null;
  }

  #key(tenant: string, id: string): string {
    return tenantKey(this.#keyPrefix, tenant, 'status', id);
  }
}

function textIn(value: string | null): string | null | undefined {
  if (value === null) return undefined;
  const space = value.indexOf(' ');
  return space === -1 ? null : value.slice(space + 1);
}
