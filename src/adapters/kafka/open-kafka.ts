import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Ownership } from '../../ports/ownership.ts';
import type { StreamBroker } from '../../ports/stream-broker.ts';
import { Cluster } from './cluster.ts';
import { KafkaBroker } from './kafka-broker.ts';
import { connectionLimits, defaultBrokerTimeoutMs } from './kafka-limits.ts';
import { KafkaOwnership } from './kafka-ownership.ts';
import { checkKafka, type KafkaOptions } from './migrate-kafka.ts';
import { Patience } from './patience.ts';

export interface KafkaDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const checkTimeoutMs = 3_000;

/** What a role has of Kafka. */
export interface OpenedKafka {
  readonly broker: StreamBroker;
  readonly ownership: Ownership;
  /** Finishes what was appended and lets go of all connections; memberships are to be left before. */
  close(): Promise<void>;
}

/**
 * Connects, once the topics of this configuration were found as they have to be.
 * @throws TxTrailError `broker_unavailable` (retryable), `topics_missing`, `topic_misconfigured`
 */
export async function openKafka(options: KafkaOptions, deps: KafkaDeps): Promise<OpenedKafka> {
  const { brokers, topicPrefix: prefix, partitions, timeoutMs = defaultBrokerTimeoutMs } = options;
  // Whoever starts waits for Kafka by itself, and says so: it is not silent for long.
  await checkKafka({ ...options, timeoutMs: Math.min(timeoutMs, checkTimeoutMs) }, deps);
  const broker = new KafkaBroker({ brokers, prefix, partitions, timeoutMs }, deps);
  const cluster = new Cluster({ ...connectionLimits, brokers });
  const patience = new Patience(timeoutMs, deps);
  return {
    broker,
    ownership: new KafkaOwnership({ prefix }, { ...deps, cluster, patience }),
    close: async () => {
      await broker.close();
      await cluster.close();
    },
  };
}
