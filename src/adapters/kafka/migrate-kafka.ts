import { Cluster } from './cluster.ts';
import { connectionLimits, defaultBrokerTimeoutMs } from './kafka-limits.ts';
import { Patience, type PatienceDeps } from './patience.ts';
import { topicTable, type TopicSpec } from './topic-table.ts';
import { checkTopics, makeTopics, missingTopics, type TopicsDeps } from './topics.ts';

/** One installation's Kafka. */
export interface KafkaOptions {
  /** `HOST:PORT` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** What every topic of the installation begins with. */
  readonly topicPrefix: string;
  /** Of every topic but those of blocks. */
  readonly partitions: number;
  /** Those that are watched, such as `eip155:1`: each has a topic of blocks. */
  readonly chains: readonly string[];
  /** After so long an append, a read or a question is given up: a leader that dies is followed well within it. Default 30 s. */
  readonly timeoutMs?: number;
}

/**
 * Makes the topics that are missing, checks the others, and gives the names of those it made. Nothing
 * that is there is changed.
 * @throws TxTrailError `broker_unavailable`, `topic_misconfigured`
 */
export function migrateKafka(options: KafkaOptions, deps: PatienceDeps): Promise<readonly string[]> {
  return withCluster(options, deps, (topics) => makeTopics(specsOf(options), topics));
}

/** @throws TxTrailError `broker_unavailable`, `topics_missing`, `topic_misconfigured` */
export function checkKafka(options: KafkaOptions, deps: PatienceDeps): Promise<void> {
  return withCluster(options, deps, (topics) => checkTopics(specsOf(options), topics));
}

/** A topic that an installation has to have, and has not. */
export type MissingTopic = Pick<TopicSpec, 'name' | 'holds'>;

/** @throws TxTrailError `broker_unavailable` */
export function missingIn(options: KafkaOptions, deps: PatienceDeps): Promise<readonly MissingTopic[]> {
  return withCluster(options, deps, (topics) => missingTopics(specsOf(options), topics));
}

/** Every topic that the installation has. */
export function specsOf({ topicPrefix: prefix, partitions, chains }: KafkaOptions) {
  return topicTable({ prefix, partitions }, chains);
}

/** Connects for one piece of work. */
export async function withCluster<Result>(
  options: KafkaOptions,
  deps: PatienceDeps,
  use: (topics: TopicsDeps) => Promise<Result>,
): Promise<Result> {
  const cluster = new Cluster({ ...connectionLimits, brokers: options.brokers });
  try {
    const patience = new Patience(options.timeoutMs ?? defaultBrokerTimeoutMs, deps);
    return await use({ cluster, patience, bootstrap: options.brokers.join(',') });
  } finally {
    await cluster.close();
  }
}
