import { eventTypes, type Received } from './load-clients.ts';

/**
 * How a bench's transactions rise: each gives one event when it is included and one at each of the
 * three heights below, if that many blocks come.
 */
export interface Ladder {
  /** A count of confirmations below the required one. */
  readonly threshold: number;
  readonly confirmations: number;
  /** Blocks below the head that are final. */
  readonly finalityDepth: number;
}

export const eventsPerTransaction = 4;

/** What is usual on a chain that no preset knows, and finality soon after. */
export const fullLadder: Ladder = { threshold: 3, confirmations: 12, finalityDepth: 20 };
export const quickLadder: Ladder = { threshold: 2, confirmations: 3, finalityDepth: 4 };

export function chainOptionsOf({ threshold, confirmations, finalityDepth }: Ladder): Readonly<Record<string, unknown>> {
  return { confirmations, thresholds: [threshold], finality: finalityDepth, blockTimeMs: 1_000 };
}

/** How many blocks above its own each event of a transaction is due. */
function heightsOf({ threshold, confirmations, finalityDepth }: Ladder): readonly number[] {
  return [0, threshold - 1, confirmations - 1, finalityDepth];
}

/** Blocks after which each block brings events of every kind. */
export function blocksUntilSteady(ladder: Ladder): number {
  return Math.max(...heightsOf(ladder)) + 1;
}

/** The number of the block that made each event due; 0 for one that no block makes due. */
export function causesOf(ladder: Ladder, { type, block, confirmations }: Received): Uint32Array {
  return type.map((number, index) => {
    const name = eventTypes[number - 1];
    const own = block[index] ?? 0;
    if (name === 'included') return own;
    if (name === 'confirmation' || name === 'confirmed') return own + (confirmations[index] ?? 0) - 1;
    return name === 'finalized' ? own + ladder.finalityDepth : 0;
  });
}
