import type { ChainId, Hash } from '../chain/block.ts';

/**
 * A question of the core to the watcher. Level-triggered: it stands in the state until it is
 * answered by a fact, so a probe that gets lost is asked again and one asked twice does no harm.
 */
export type ProbeRecord =
  | { readonly kind: 'lookup'; readonly chain: ChainId; readonly hash: Hash }
  | {
      readonly kind: 'receipt';
      readonly chain: ChainId;
      readonly hash: Hash;
      readonly blockHash: Hash;
      readonly blockNumber: number;
      readonly index: number;
    };

/** A raw transaction to send, or to send again. `raw` is `0x` hex; its hash was computed and stored before. */
export interface SubmissionRecord {
  readonly chain: ChainId;
  readonly hash: Hash;
  readonly raw: string;
}
