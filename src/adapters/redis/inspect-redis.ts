import type { Scheduler } from '../../ports/clock.ts';
import { readRedisUrls } from './redis-access.ts';
import { isRefusal, RedisLink } from './redis-link.ts';
import { unavailable } from './within.ts';

/** A cluster as one node tells of it. */
export interface RedisFacts {
  /** The node that was asked. */
  readonly address: string;
  readonly version: string;
  /** False: it is a server by itself. */
  readonly isCluster: boolean;
  /** `ok` where every slot has a master that lives. */
  readonly state: string;
  readonly masters: readonly MasterFacts[];
}

export interface MasterFacts {
  /** As the cluster tells it to its clients. */
  readonly address: string;
  /** Those that would take its slots over. */
  readonly replicas: number;
  /** Why it cannot be asked from here; null: it can. */
  readonly fault: string | null;
  /** null: it does not tell them, as services of a cloud do not. */
  readonly settings: ReadonlyMap<string, string> | null;
}

const lookedAt = ['maxmemory', 'maxmemory-policy', 'appendonly', 'save'];
const timeoutMs = 3_000;

/**
 * Asks the first node that answers, then every master that it names, and changes nothing.
 * @throws TxTrailError `store_unavailable` (retryable)
 */
export async function inspectRedis(
  options: { readonly nodes: readonly string[] },
  { scheduler }: { readonly scheduler: Scheduler },
): Promise<RedisFacts> {
  const { addresses, access } = readRedisUrls(options.nodes);
  const faults: unknown[] = [];
  for (const address of addresses) {
    try {
      const link = await RedisLink.open({ address, access, timeoutMs }, scheduler);
      const open = (master: string) => RedisLink.open({ address: master, access, timeoutMs }, scheduler);
      return await factsOf(link, open).finally(() => link.close());
    } catch (error) {
      faults.push(isRefusal(error) ? unavailable(`${address} answered: ${error.message}`, error) : error);
    }
  }
  throw faults[0];
}

async function factsOf(link: RedisLink, open: (address: string) => Promise<RedisLink>): Promise<RedisFacts> {
  const server = fieldsOf(await link.send(['INFO', 'server']));
  const isCluster = server.get('redis_mode') === 'cluster';
  const shards = isCluster ? shardsIn(await link.send(['CLUSTER', 'SLOTS']), link.address) : new Map<string, number>();
  return {
    address: link.address,
    version: server.get('redis_version') ?? '',
    isCluster,
    state: isCluster ? (fieldsOf(await link.send(['CLUSTER', 'INFO'])).get('cluster_state') ?? '') : '',
    masters: await Promise.all(
      [...shards].map(async ([address, replicas]) => ({ address, replicas, ...(await lookAt(address, open)) })),
    ),
  };
}

async function lookAt(
  address: string,
  open: (address: string) => Promise<RedisLink>,
): Promise<Pick<MasterFacts, 'fault' | 'settings'>> {
  try {
    const link = await open(address);
    return { fault: null, settings: await settingsOf(link).finally(() => link.close()) };
  } catch (error) {
    return { fault: (error as Error).message, settings: null };
  }
}

/** How many replicas each master has. */
function shardsIn(answer: unknown, asked: string): ReadonlyMap<string, number> {
  const own = asked.slice(0, asked.lastIndexOf(':'));
  const ranges = answer as readonly (readonly [number, number, ...(readonly [string, number])[]])[];
  return new Map(
    ranges.map(([, , master, ...replicas]) => [`${master?.[0] || own}:${master?.[1]}`, replicas.length] as const),
  );
}

async function settingsOf(link: RedisLink): Promise<ReadonlyMap<string, string> | null> {
  try {
    const settings = new Map<string, string>();
    for (const name of lookedAt) {
      const answer = (await link.send(['CONFIG', 'GET', name])) as Readonly<Record<string, string>>;
      const value = Object.entries(answer).find(([key]) => key === name)?.[1];
      if (value !== undefined) settings.set(name, value);
    }
    return settings;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Lines of `name:value`. */
function fieldsOf(answer: unknown): ReadonlyMap<string, string> {
  const lines = String(answer).matchAll(/^([\w-]+):(.*?)\r?$/gm);
  return new Map([...lines].map((match) => [match[1] ?? '', match[2] ?? '']));
}
