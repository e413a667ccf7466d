import { TxTrailError } from '../../lib/error.ts';
import type { ConfigsAnswer } from './broker-link.ts';
import type { Cluster, TopicShape } from './cluster.ts';
import { faultCodes, faultOf } from './fault-codes.ts';
import type { Patience } from './patience.ts';
import { replicasInSync, replicasOn, type TopicSpec } from './topic-table.ts';

export interface TopicsDeps {
  readonly cluster: Cluster;
  readonly patience: Patience;
}

/** Which of the table's settings are asked for as they are, as endless where the table says so, and as a least value. */
const exactSettings = ['cleanup.policy', 'unclean.leader.election.enable', 'message.timestamp.type'];
const endlessSettings = ['retention.ms', 'retention.bytes'];
const atLeastSettings = ['min.insync.replicas', 'max.message.bytes'];
const checkedSettings = [...exactSettings, ...endlessSettings, ...atLeastSettings];

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
  const { shapes, configs, brokers } = await deps.patience.run('Looking at the topics', async () => {
    await deps.cluster.refresh([]);
    return {
      shapes: await deps.cluster.shapesOf(names),
      configs: settingsOf(await deps.cluster.askAny((link) => link.topicConfigs(names, checkedSettings))),
      brokers: deps.cluster.size,
    };
  });
  const problems = specs.flatMap((spec) => problemsOf(spec, brokers, shapes.get(spec.name), configs.get(spec.name)));
  if (problems.length === 0) return;
  throw new TxTrailError(
    'topic_misconfigured',
    `Topics are not as they have to be: ${problems.join('; ')}. Nothing was changed.`,
    { facts: { problems } },
  );
}

async function missingTopics(
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

/** What is wrong, where, and how it is mended. */
function problemsOf(
  spec: TopicSpec,
  brokers: number,
  shape: TopicShape | undefined,
  settings: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  const { name, partitions } = spec;
  const problems: string[] = [];
  if (shape?.partitions !== partitions) {
    problems.push(
      `${name} has ${shape?.partitions} partitions and the configuration says ${partitions}: they cannot be changed ` +
        'once records are there, so configure the number that it has',
    );
  }
  if ((shape?.replicas ?? 0) < replicasOn(brokers)) {
    problems.push(
      `${name} has ${shape?.replicas} replicas: give it ${replicasOn(brokers)} (kafka-reassign-partitions)`,
    );
  }
  const needed = { ...spec.settings, 'min.insync.replicas': String(replicasInSync(replicasOn(brokers))) };
  for (const [key, should] of Object.entries(needed)) {
    const is = settings?.get(key) ?? '';
    if (!isGood(key, is, should)) problems.push(mend(name, key, is, should));
  }
  return problems;
}

function isGood(key: string, is: string, should: string): boolean {
  if (exactSettings.includes(key)) return is === should;
  if (endlessSettings.includes(key)) return should !== '-1' || is === should;
  return !atLeastSettings.includes(key) || Number(is) >= Number(should);
}

function mend(topic: string, key: string, is: string, should: string): string {
  return `${topic} has ${key}=${is}: set it to ${should} (kafka-configs --alter --topic ${topic} --add-config ${key}=${should})`;
}
