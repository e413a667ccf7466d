import { TxTrailError } from '../../lib/error.ts';
import { specsOf, withCluster, type KafkaOptions } from './migrate-kafka.ts';
import type { PatienceDeps } from './patience.ts';
import { checkTopics, type TopicsDeps } from './topics.ts';

/** How a cluster is set, and what of ours it holds. */
export interface KafkaFacts {
  readonly brokers: number;
  /** What is missing or wrong; null: every topic is there as it has to be. */
  readonly topicFault: string | null;
  /** Topics of ours whose leader may be a copy that lacks records. */
  readonly uncleanTopics: readonly string[];
  /** The fewest copies of what groups remember; null: there was no group yet. */
  readonly groupReplicas: number | null;
}

const groupTopic = '__consumer_offsets';
const electionSetting = 'unclean.leader.election.enable';

/**
 * Looks at a cluster and at our topics there, and changes nothing.
 * @throws TxTrailError `broker_unavailable`
 */
export function inspectKafka(options: KafkaOptions, deps: PatienceDeps): Promise<KafkaFacts> {
  const specs = specsOf(options);
  return withCluster(options, deps, async (topics) => {
    const { cluster, patience } = topics;
    return patience.run('Looking at Kafka', async () => {
      await cluster.refresh([]);
      const shapes = await cluster.shapesOf([groupTopic, ...specs.map(({ name }) => name)]);
      const present = specs.map(({ name }) => name).filter((name) => shapes.has(name));
      return {
        brokers: cluster.size,
        topicFault: await faultIn(() => checkTopics(specs, topics)),
        uncleanTopics: await uncleanAmong(present, topics),
        groupReplicas: shapes.get(groupTopic)?.replicas ?? null,
      };
    });
  });
}

async function faultIn(check: () => Promise<void>): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    if (error instanceof TxTrailError && !error.retryable) return error.message;
    throw error;
  }
}

async function uncleanAmong(names: readonly string[], { cluster }: TopicsDeps): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { results } = await cluster.askAny((link) => link.topicConfigs(names, [electionSetting]));
  return results
    .filter(({ configs }) => configs.some(({ name, value }) => name === electionSetting && value === 'true'))
    .map(({ resourceName }) => resourceName);
}
