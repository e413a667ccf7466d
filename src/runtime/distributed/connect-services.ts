import { openKafka } from '../../adapters/kafka/open-kafka.ts';
import { openPostgres } from '../../adapters/postgres/open-postgres.ts';
import { openRedis } from '../../adapters/redis/open-redis.ts';
import { openStoredCredentials } from '../../adapters/stored-credentials/stored-credentials.ts';
import type { Config, DistributedConfig } from '../../config/config.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';
import type { Opened } from '../opened.ts';
import type { Machine, Services } from './ports.ts';
import { waitForService } from './wait-for-service.ts';

export interface ConnectedServices {
  readonly services: Services;
  readonly audit: AuditTrail;
  /** Keys made at this start; null: given, or made before. */
  readonly newKeys: { readonly apiKey: string | null; readonly adminKey: string | null };
}

export interface ConnectDeps extends Machine {
  /** Takes what has to be closed. */
  readonly opened: Opened;
  /** Ends the waiting. */
  readonly end: AbortSignal;
  readonly onWaiting: (reason: string) => void;
}

/**
 * Connects to what all processes share, each as soon as it is there.
 *
 * @throws TxTrailError where one is there and not as it must be, with what to do
 */
export async function connectServices(
  config: Config,
  distributed: DistributedConfig,
  deps: ConnectDeps,
): Promise<ConnectedServices> {
  const { opened, end, onWaiting } = deps;
  const wait = <Service>(name: string, open: () => Promise<Service>): Promise<Service> =>
    waitForService(name, open, deps, end, onWaiting);
  const stores = await wait('PostgreSQL', () => openPostgres(distributed.postgres, deps));
  opened.closes(() => stores.close());
  const { credentials, newKeys } = await wait('PostgreSQL', () =>
    openStoredCredentials(config, { ...deps, tenants: stores.tenants }),
  );
  const kafka = await wait('Kafka', () => openKafka({ ...distributed.kafka, chains: chainsOf(config) }, deps));
  opened.closes(() => kafka.close());
  // Nothing waits for Redis: whatever it is asked has another way.
  const redis = openRedis(redisOptions(distributed), deps);
  opened.closes(() => redis.close());
  const { mailbox, readModel, answers } = stores;
  const { broker, ownership } = kafka;
  const { wakeUp, statusCache, liveReport } = redis;
  const services = { broker, ownership, mailbox, readModel, answers, credentials, wakeUp, statusCache, liveReport };
  return { services, audit: stores.audit, newKeys };
}

/** Prefixed alike, so that two installations can share the services. */
function redisOptions({ redis, kafka }: DistributedConfig): Parameters<typeof openRedis>[0] {
  return { nodes: redis.nodes.map((node) => `redis://${node}`), keyPrefix: kafka.topicPrefix };
}

export function chainsOf({ chains }: Config): readonly string[] {
  return chains.map(({ chain }) => chain);
}
