import { type KafkaOptions, missingIn } from '../../adapters/kafka/migrate-kafka.ts';
import { type OpenedKafka, openKafka } from '../../adapters/kafka/open-kafka.ts';
import { openPostgres, type PostgresStores } from '../../adapters/postgres/open-postgres.ts';
import { openRedis } from '../../adapters/redis/open-redis.ts';
import { openStoredCredentials } from '../../adapters/stored-credentials/stored-credentials.ts';
import type { Config, DistributedConfig } from '../../config/config.ts';
import type { AdminAccess } from '../../api/admin-server.ts';
import type { NewKeys } from '../../ports/credentials.ts';
import type { Opened } from '../opened.ts';
import { TxTrailError } from '../../lib/error.ts';
import { recordStart } from '../record-start.ts';
import type { Machine, Services } from './ports.ts';
import { lostTopics, topicsLostError } from './lost-topics.ts';
import { waitForService } from './wait-for-service.ts';

export interface ConnectDeps extends Machine {
  /** Takes what has to be closed. */
  readonly opened: Opened;
  /** Ends the waiting. */
  readonly end: AbortSignal;
  readonly onWaiting: (reason: string) => void;
  readonly onNewKeys: (keys: NewKeys) => void;
  /** Told as soon as keys and trail can be read. */
  readonly onAccess: (access: AdminAccess) => void;
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
): Promise<Services> {
  const { opened, end, onWaiting, version } = deps;
  const wait = <Service>(name: string, open: () => Promise<Service>): Promise<Service> => {
    // One that does not answer is missed only after many seconds.
    onWaiting(`it connects to ${name}`);
    return waitForService(name, open, deps, end, onWaiting);
  };
  const stores = await wait('PostgreSQL', () => openPostgres(distributed.postgres, deps));
  opened.closes(() => stores.close());
  const drawn = new Map<string, string>();
  const { credentials, newKeys } = await wait('PostgreSQL', () =>
    openStoredCredentials(config, { ...deps, tenants: stores.tenants, drawn }),
  );
  deps.onNewKeys(newKeys);
  await wait('PostgreSQL', () => recordStart(stores.audit, { config, version, newKeys }));
  deps.onAccess({ credentials, audit: stores.audit });
  const kafka = await wait('Kafka', () => openTopics({ ...distributed.kafka, chains: chainsOf(config) }, stores, deps));
  opened.closes(() => kafka.close());
  // Nothing waits for Redis: whatever it is asked has another way.
  const redis = openRedis(redisOptions(distributed), deps);
  opened.closes(() => redis.close());
  const { mailbox, readModel, answers } = stores;
  const { broker, ownership } = kafka;
  const { wakeUp, statusCache, liveReport } = redis;
  return { broker, ownership, mailbox, readModel, answers, credentials, wakeUp, statusCache, liveReport };
}

/** Where a topic is missing, only the tables tell whether it may be made anew. @throws TxTrailError `topics_lost` */
export async function openTopics(
  options: KafkaOptions,
  stores: Pick<PostgresStores, 'past'>,
  deps: Parameters<typeof openKafka>[1],
): Promise<OpenedKafka> {
  try {
    return await openKafka(options, deps);
  } catch (error) {
    if (!(error instanceof TxTrailError) || error.code !== 'topics_missing') throw error;
    const lost = lostTopics(await missingIn(options, deps), await stores.past());
    throw lost.length > 0 ? topicsLostError(lost) : error;
  }
}

/** Prefixed alike, so that two installations can share the services. */
function redisOptions({ redis, kafka }: DistributedConfig): Parameters<typeof openRedis>[0] {
  return { nodes: redis.nodes.map((node) => `redis://${node}`), keyPrefix: kafka.topicPrefix };
}

export function chainsOf({ chains }: Config): readonly string[] {
  return chains.map(({ chain }) => chain);
}
