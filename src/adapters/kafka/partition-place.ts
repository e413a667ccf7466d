import { laneOf, type StreamName } from '../../core/records/stream.ts';

/** A partition of a topic: where a stream stands. */
export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicNaming {
  /** What every topic of an installation begins with. */
  readonly prefix: string;
  /** Of every topic but those of blocks. */
  readonly partitions: number;
}

/**
 * `X/<n>` is partition n of the topic `<prefix>X`; blocks have a topic of one partition for each chain.
 * A shard that is no number (a chain's probes) goes to the lane of its name.
 */
export function placeOf(stream: StreamName, { prefix, partitions }: TopicNaming): PartitionPlace {
  const cut = stream.indexOf('/');
  const log = stream.slice(0, cut);
  const shard = stream.slice(cut + 1);
  if (log === 'blocks') return { topic: blocksTopic(shard, prefix), partition: 0 };
  const partition = /^\d+$/.test(shard) ? Number(shard) : laneOf(shard, partitions);
  return { topic: `${prefix}${log}`, partition };
}

export function blocksTopic(chain: string, prefix: string): string {
  return `${prefix}blocks.${chain.replaceAll(':', '-')}`;
}

export function keyOf({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}
