import type { Block, BlockHeader, BlockRef, ChainId } from '../chain/block.ts';

/**
 * What the watcher writes to `blocks/<chain>`: the canonical chain as one ordered stream. Each
 * `applied` block's parent is the head before it; `reverted` always goes back to a block that is
 * still known.
 */
export type ChainRecord =
  | {
      /** The chain is followed from this block on; nothing below it can be reverted. */
      readonly kind: 'anchored';
      readonly chain: ChainId;
      readonly block: BlockHeader;
      /** The head that the provider shows at this moment: blocks up to it are not news. */
      readonly target: number;
      readonly provider: string;
    }
  | {
      readonly kind: 'applied';
      readonly chain: ChainId;
      readonly block: Block;
      /** The highest head announced so far; above the block's own number while catching up. */
      readonly target: number;
      readonly provider: string;
      /** Wall time at which a provider first showed it to us, Unix milliseconds. */
      readonly seenMs: number;
    }
  | {
      readonly kind: 'reverted';
      readonly chain: ChainId;
      /** Newest first; `depth` of the reorg is their number. */
      readonly blocks: readonly BlockRef[];
      readonly ancestor: BlockRef;
      /** True when a block that was final is among them: at least two providers said so. */
      readonly beyondFinality: boolean;
      readonly provider: string;
    }
  | {
      /** The safe or finalized block moved forward; null: not moved by this record. Both are canonical. */
      readonly kind: 'settled';
      readonly chain: ChainId;
      readonly safe: BlockRef | null;
      readonly finalized: BlockRef | null;
      /** `tag`: the chain's own word; `depth`: counted from the head. */
      readonly source: 'tag' | 'depth';
      readonly provider: string;
    };
