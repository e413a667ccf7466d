import { blocksTopic, type TopicNaming } from './partition-place.ts';

/**
 * What goes with a topic that is lost. `order`: what was taken and in which order, which nothing else
 * holds, while the tables and other topics know how far it reached. `blocks`: the same of one chain,
 * once that was watched. `passing`: what is asked again, or read by people alone.
 */
export type TopicHolds = 'order' | 'blocks' | 'passing';

/** A topic as it has to be. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly holds: TopicHolds;
  /** Settings whose loss would lose records; every other value is an operator's to choose. */
  readonly settings: Readonly<Record<string, string>>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const mebi = 1024 * 1024;

/** More than any batch of ours: those have at most half a mebibyte, or one record. */
const maxMessageBytes = 2 * mebi;

/** A block is one record, of some 280 bytes a transaction. */
const maxBlockBytes = 16 * mebi;

/** What is trimmed by its owner, who alone knows what is still needed, is kept until then, whatever the brokers' default. */
const untilTrimmed = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };

/** By the time that somebody may need it at most. */
function keptFor(durationMs: number): TopicSpec['settings'] {
  return { ...untilTrimmed, 'retention.ms': String(durationMs) };
}

/** A copy that lacks records never leads, and how old a record is does not depend on the clock of whoever wrote it. */
const always = { 'unclean.leader.election.enable': 'false', 'message.timestamp.type': 'LogAppendTime' };

/** Compaction looks at closed segments only, so they are kept small. */
const newestOfKey = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(16 * mebi),
  'min.cleanable.dirty.ratio': '0.2',
};

const sharded: Readonly<Record<string, Pick<TopicSpec, 'holds' | 'settings'>>> = {
  registrations: { holds: 'order', settings: untilTrimmed },
  facts: { holds: 'order', settings: untilTrimmed },
  senders: { holds: 'order', settings: untilTrimmed },
  journal: { holds: 'order', settings: untilTrimmed },
  state: { holds: 'order', settings: newestOfKey },
  events: { holds: 'order', settings: keptFor(7 * dayMs) },
  probes: { holds: 'passing', settings: keptFor(hourMs) },
  submissions: { holds: 'passing', settings: keptFor(hourMs) },
  replies: { holds: 'passing', settings: keptFor(hourMs) },
  'dead-letters': { holds: 'passing', settings: keptFor(30 * dayMs) },
};

/** Every topic of an installation. A chain's blocks are one row, so its topic has one partition. */
export function topicTable({ prefix, partitions }: TopicNaming, chains: readonly string[]): readonly TopicSpec[] {
  return [
    ...Object.entries(sharded).map(([log, { holds, settings }]) => ({
      name: `${prefix}${log}`,
      partitions,
      holds,
      settings: { ...settings, ...always, 'max.message.bytes': String(maxMessageBytes) },
    })),
    ...chains.map((chain) => ({
      name: blocksTopic(chain, prefix),
      partitions: 1,
      holds: 'blocks' as const,
      settings: { ...keptFor(7 * dayMs), ...always, 'max.message.bytes': String(maxBlockBytes) },
    })),
  ];
}

/** Of a cluster of so many brokers. One broker of three may be lost, and what it acknowledged may not. */
export function replicasOn(brokers: number): number {
  return Math.min(3, brokers);
}

/** How many have to have a record before it is acknowledged. */
export function replicasInSync(replicas: number): number {
  return Math.min(2, replicas);
}
