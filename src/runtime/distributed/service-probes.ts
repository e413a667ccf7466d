import { inspectKafka, type KafkaFacts } from '../../adapters/kafka/inspect-kafka.ts';
import { createSystemClock } from '../../adapters/node/system-clock.ts';
import { createSystemRandom } from '../../adapters/node/system-random.ts';
import { createTimerScheduler } from '../../adapters/node/timer-scheduler.ts';
import { inspectPostgres, type PostgresFacts } from '../../adapters/postgres/inspect-postgres.ts';
import { inspectRedis, type RedisFacts } from '../../adapters/redis/inspect-redis.ts';
import type { Logger } from '../../ports/logger.ts';

export type { KafkaFacts, PostgresFacts, RedisFacts };

/** Where the services are. */
export interface ProbedServices {
  readonly kafka: { readonly brokers: readonly string[]; readonly partitions: number; readonly topicPrefix: string };
  /** `HOST:PORT`. */
  readonly redis: { readonly nodes: readonly string[] };
  readonly postgres: { readonly url: string; readonly schema: string };
  /** CAIP-2: each has a topic of blocks. */
  readonly chains: readonly string[];
}

/** How long Kafka may take to answer before it counts as not there. */
const kafkaTimeoutMs = 8_000;

/** Looks at each service without connecting as a part of the system. Each throws where it cannot be reached, without a password in its words. */
export function inspectService({ kafka, redis, postgres, chains }: ProbedServices): {
  kafka(): Promise<KafkaFacts>;
  redis(): Promise<RedisFacts>;
  postgres(): Promise<PostgresFacts>;
} {
  const deps = {
    clock: createSystemClock(),
    scheduler: createTimerScheduler(),
    random: createSystemRandom(),
    logger: silent,
  };
  return {
    kafka: () => inspectKafka({ ...kafka, chains, timeoutMs: kafkaTimeoutMs }, deps),
    redis: () => inspectRedis({ nodes: redis.nodes.map((node) => `redis://${node}`) }, deps),
    postgres: () => inspectPostgres(postgres, deps),
  };
}

/** The findings say it all. */
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
