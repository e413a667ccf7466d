import { TxTrailError } from '../../lib/error.ts';
import type { ConfigsAnswer } from './broker-link.ts';
import type { Cluster } from './cluster.ts';
import { faultCodes, faultOf } from './fault-codes.ts';
import type { Patience } from './patience.ts';
import { checkedSettings, topicProblems } from './topic-problems.ts';
import { replicasInSync, replicasOn, type TopicSpec } from './topic-table.ts';

export interface TopicsDeps {
  readonly cluster: Cluster;
  readonly patience: Patience;
  /** `HOST:PORT` of some brokers, with commas between. */
  readonly bootstrap: string;
}

/**
 * Makes the topics that are missing, and checks those that are there. Gives the names of those it made.
 * @throws TxTrailError `broker_unavailable`, `topic_misconfigured`
 */
export async function makeTopics(specs: readonly TopicSpec[], deps: TopicsDeps): Promise<readonly string[]> {
  const missing = await missingTopics(specs, deps);
  if (missing.length > 0) await createTopics(missing, deps);
  await checkTopics(specs, deps);
  return missing.map(({ name }) => name);
}

async function createTopics(missing: readonly TopicSpec[], deps: TopicsDeps): Promise<void> {
  await deps.patience.run('Making topics', async () => {
    await deps.cluster.refresh([]);
    const replicas = replicasOn(deps.cluster.size);
    const wishes = missing.map((spec) => wishOf(spec, replicas));
    const { topics } = await deps.cluster.askAny((link) => link.createTopics(wishes));
    for (const { name, errorCode } of topics) {
      // Two that migrate at once are both right.
      if (errorCode !== 0 && errorCode !== faultCodes.topicExists) throw faultOf(`the topic ${name}`, errorCode);
    }
  });
  await deps.patience.run('Looking at the topics', async () => {
    const found = await deps.cluster.shapesOf(missing.map(({ name }) => name));
    const absent = missing.find(({ name }) => !found.has(name));
    // A broker learns of a new topic a little later than the one that made it.
    if (absent !== undefined) throw faultOf(`the topic ${absent.name}`, faultCodes.unknownTopic);
  });
}

/** @throws TxTrailError `broker_unavailable`, `topics_missing`, `topic_misconfigured` */
export async function checkTopics(specs: readonly TopicSpec[], deps: TopicsDeps): Promise<void> {
  const missing = await missingTopics(specs, deps);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    throw new TxTrailError(
      'topics_missing',
      `Kafka has no topic ${names.join(', ')}. Run \`txtrail migrate\` with this configuration first.`,
      { facts: { topics: names } },
    );
  }
  const names = specs.map(({ name }) => name);
  const found = await deps.patience.run('Looking at the topics', async () => {
    await deps.cluster.refresh([]);
    return {
      shapes: await deps.cluster.shapesOf(names),
      settings: settingsOf(await deps.cluster.askAny((link) => link.topicConfigs(names, checkedSettings))),
      brokers: deps.cluster.size,
    };
  });
  const problems = topicProblems(specs, { ...found, bootstrap: deps.bootstrap });
  if (problems.length === 0) return;
  throw new TxTrailError(
    'topic_misconfigured',
    `Topics are not as they have to be: ${problems.join('; ')}. Nothing was changed.`,
    { facts: { problems } },
  );
}

export async function missingTopics(
  specs: readonly TopicSpec[],
  { cluster, patience }: TopicsDeps,
): Promise<readonly TopicSpec[]> {
  const found = await patience.run('Looking for the topics', () => cluster.shapesOf(specs.map(({ name }) => name)));
  return specs.filter(({ name }) => !found.has(name));
}

function wishOf({ name, partitions, settings }: TopicSpec, replicas: number) {
  const configs = { ...settings, 'min.insync.replicas': String(replicasInSync(replicas)) };
  return {
    name,
    numPartitions: partitions,
    replicationFactor: replicas,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
}

function settingsOf({ results }: ConfigsAnswer): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    results.map(({ resourceName, configs }) => [
      resourceName,
      new Map(configs.map(({ name, value }) => [name, value ?? ''])),
    ]),
  );
}
