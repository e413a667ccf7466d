import type { ChainRecord } from '../records/chain-record.ts';
import type { BlockHeader, BlockRef } from './block.ts';
import type { ChainView } from './chain-view.ts';

const keptReorgs = 50;
/** Of one reorg: every one on record was far shallower, and a chain's notes stay below 2 MB. */
const keptOrphanedBlocks = 256;

export interface CountedBlock extends BlockHeader {
  /** How many it holds. */
  readonly transactions: number;
}

export interface ReorgNote {
  readonly timeMs: number;
  readonly depth: number;
  readonly ancestor: BlockRef;
  readonly beyondFinality: boolean;
  /** The blocks that left, highest first; of a very deep reorg only the highest. */
  readonly orphaned: readonly CountedBlock[];
}

/** The reorgs with this one, newest first. To be called before it is applied, while the view still holds the blocks that leave. */
export function withReorg(
  notes: readonly ReorgNote[],
  record: Extract<ChainRecord, { readonly kind: 'reverted' }>,
  view: ChainView,
  timeMs: number,
): readonly ReorgNote[] {
  const { ancestor, beyondFinality, blocks } = record;
  const orphaned = blocks.slice(0, keptOrphanedBlocks).flatMap(({ number }) => {
    const block = view.blockAt(number);
    return block === null ? [] : [{ ...block.header, transactions: block.transactions.length }];
  });
  const note = { timeMs, depth: blocks.length, ancestor, beyondFinality, orphaned };
  return [note, ...notes].slice(0, keptReorgs);
}
