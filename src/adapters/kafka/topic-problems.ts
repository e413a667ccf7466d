import type { TopicShape } from './cluster.ts';
import { replicasInSync, replicasOn, type TopicSpec } from './topic-table.ts';

/** Topics as they were found. */
export interface FoundTopics {
  readonly shapes: ReadonlyMap<string, TopicShape>;
  /** By topic: the values of `checkedSettings`. */
  readonly settings: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** How many brokers there are. */
  readonly brokers: number;
  /** `HOST:PORT` of some of them, with commas between: stands in the commands that mend. */
  readonly bootstrap: string;
}

/** Which of the table's settings are asked for as they are, as endless where the table says so, and as a least value. */
const exactSettings = ['cleanup.policy', 'unclean.leader.election.enable', 'message.timestamp.type'];
const endlessSettings = ['retention.ms', 'retention.bytes'];
const atLeastSettings = ['min.insync.replicas', 'max.message.bytes'];
export const checkedSettings = [...exactSettings, ...endlessSettings, ...atLeastSettings];

/** What is wrong with topics that are there, where, and how it is mended. */
export function topicProblems(specs: readonly TopicSpec[], found: FoundTopics): readonly string[] {
  return [...partitionProblems(specs, found), ...specs.flatMap((spec) => problemsOf(spec, found))];
}

/** Where the topics agree, the configuration is wrong; where one differs from the others, that one is. */
function partitionProblems(specs: readonly TopicSpec[], { shapes, bootstrap }: FoundTopics): readonly string[] {
  const countOf = ({ name }: TopicSpec): number => shapes.get(name)?.partitions ?? 0;
  const sharded = specs.filter(({ holds }) => holds !== 'blocks');
  const configured = sharded[0]?.partitions ?? 1;
  const usual = mostFrequent(sharded.map(countOf), configured);
  const odd = specs.flatMap((spec) => {
    const is = countOf(spec);
    const should = spec.holds === 'blocks' ? spec.partitions : usual;
    return is === should ? [] : [oddOne(spec, is, should, bootstrap)];
  });
  if (usual === configured) return odd;
  const whole =
    `the topics have ${usual} partitions and the configuration says ${configured}: they cannot be changed once ` +
    `records are there, so configure the number that they have (distributed.kafka.partitions: ${usual})`;
  return [whole, ...odd];
}

function oddOne({ name: topic, holds }: TopicSpec, is: number, should: number, bootstrap: string): string {
  const what = `${topic} has ${is} partitions, and of its kind every topic needs ${should}`;
  const again = holds === 'passing' ? '' : ' where nothing ran yet, or put it back from a copy';
  if (is > should) {
    return `${what}: Kafka takes none away, so delete it and run \`txtrail migrate\`${again}`;
  }
  const more = `add them (kafka-topics --bootstrap-server ${bootstrap} --alter --topic ${topic} --partitions ${should})`;
  if (holds === 'passing') return `${what}: ${more}`;
  // As brokers make one by themselves where they are set to, once it was deleted.
  return `${what}: ${more}; or, where it was deleted and somebody made it anew, put it back from a copy`;
}

/** What is preferred wins where it comes as often as another. */
function mostFrequent(counts: readonly number[], preferred: number): number {
  const timesOf = (count: number): number => counts.filter((other) => other === count).length;
  return counts.reduce((best, count) => (timesOf(count) > timesOf(best) ? count : best), preferred);
}

function problemsOf(spec: TopicSpec, { shapes, settings, brokers, bootstrap }: FoundTopics): readonly string[] {
  const { name } = spec;
  const problems: string[] = [];
  const replicas = shapes.get(name)?.replicas ?? 0;
  if (replicas < replicasOn(brokers)) {
    problems.push(`${name} has ${replicas} replicas: give it ${replicasOn(brokers)} (kafka-reassign-partitions)`);
  }
  const needed = { ...spec.settings, 'min.insync.replicas': String(replicasInSync(replicasOn(brokers))) };
  for (const [key, should] of Object.entries(needed)) {
    const is = settings.get(name)?.get(key) ?? '';
    if (isGood(key, is, should)) continue;
    const command = `kafka-configs --bootstrap-server ${bootstrap} --alter --topic ${name} --add-config ${key}=${should}`;
    problems.push(`${name} has ${key}=${is}: set it to ${should} (${command})`);
  }
  return problems;
}

function isGood(key: string, is: string, should: string): boolean {
  if (exactSettings.includes(key)) return is === should;
  if (endlessSettings.includes(key)) return should !== '-1' || is === should;
  return !atLeastSettings.includes(key) || Number(is) >= Number(should);
}
