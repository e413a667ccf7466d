import type { Origin } from '../records/origin.ts';
import type { Tracked } from '../transaction/tracked.ts';

/** What a partition owns: the transactions of its slots, and what must outlive them. */
export interface PartitionState {
  readonly number: number;
  readonly transactions: Map<string, Tracked>;
  /** Revisions of transactions no longer tracked: registered again, they go on from there. */
  readonly removed: Map<string, number>;
  /** The last record seen of each sender lane. */
  readonly origins: Map<string, Origin>;
}

export function emptyPartition(number: number): PartitionState {
  return { number, transactions: new Map(), removed: new Map(), origins: new Map() };
}

/** The snapshot's form: JSON, in the order of registration. */
export function encodePartition(state: PartitionState): string {
  return JSON.stringify({
    transactions: [...state.transactions.values()],
    removed: [...state.removed],
    origins: [...state.origins],
  });
}

export function decodePartition(number: number, text: string): PartitionState {
  const parsed = JSON.parse(text) as {
    transactions: Tracked[];
    removed: [string, number][];
    origins: [string, Origin][];
  };
  return {
    number,
    transactions: new Map(parsed.transactions.map((tracked) => [tracked.id, tracked])),
    removed: new Map(parsed.removed),
    origins: new Map(parsed.origins),
  };
}
