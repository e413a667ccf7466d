import { TxTrailError } from '../../lib/error.ts';
import { type KafkaOptions, type MissingTopic, specsOf, withCluster } from './migrate-kafka.ts';
import type { PatienceDeps } from './patience.ts';
import { checkTopics, missingTopics } from './topics.ts';

/** How a cluster is set, and what of ours it holds. */
export interface KafkaFacts {
  readonly brokers: number;
  readonly missing: readonly MissingTopic[];
  /** What is wrong with topics that are all there; null: nothing is, or some are missing. */
  readonly topicFault: string | null;
  /** The fewest copies of what groups remember; null: there was no group yet. */
  readonly groupReplicas: number | null;
}

const groupTopic = '__consumer_offsets';

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
      const shapes = await cluster.shapesOf([groupTopic]);
      const missing = await missingTopics(specs, topics);
      return {
        brokers: cluster.size,
        missing,
        topicFault: missing.length > 0 ? null : await faultIn(() => checkTopics(specs, topics)),
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
