/**
 * The names of the logs between the stages: a log and the shard within it. They are the only place
 * where stages meet.
 */
export type StreamName =
  /** Time and claims: what an owner writes down before it applies. */
  | `journal/${number}`
  | `registrations/${number}`
  | `facts/${number}`
  | `senders/${number}`
  | `events/${number}`
  | `acks/${number}`
  | `blocks/${string}`
  | `probes/${string}`
  | `submissions/${string}`
  /** Answers that were given under an `Idempotency-Key`. */
  | `answers/${number}`
  /** Snapshots of a status partition, for its next owner. */
  | `state/${number}`
  /** What became of a request, for the gateway that waits. */
  | `replies/${number}`;

/** How many shards each kind of owner has. */
export interface ShardCounts {
  readonly partitions: number;
  readonly senderLanes: number;
  readonly eventLanes: number;
}

export const defaultShardCounts: ShardCounts = { partitions: 64, senderLanes: 64, eventLanes: 64 };

/** A transaction hash belongs to one of these for life; a partition is a range of them. */
export const slotCount = 4096;

/** The slot of a transaction hash: its first two bytes modulo 4,096. */
export function slotOf(hash: string): number {
  return Number.parseInt(hash.slice(2, 6), 16) % slotCount;
}

export function partitionOf(hash: string, partitions: number): number {
  return Math.floor((slotOf(hash) * partitions) / slotCount);
}

/** FNV-1a over UTF-16 units: spreads keys that are not hashes (senders, subscribers) over lanes. */
export function laneOf(key: string, lanes: number): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0) % lanes;
}

export function senderLaneOf(chain: string, sender: string, lanes: number): number {
  return laneOf(`${chain}/${sender}`, lanes);
}

export function eventLaneOf(tenant: string, subscriber: string | null, lanes: number): number {
  return laneOf(subscriber === null ? tenant : `${tenant}\u0000${subscriber}`, lanes);
}
