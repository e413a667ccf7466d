import type { Block, BlockHeader, BlockRef, CallDetails, ChainId, Hash } from '../core/chain/block.ts';
import type { Execution } from '@txtrail/protocol';

/**
 * One RPC endpoint of a chain, already spoken to in the chain's own words: every answer was checked
 * for shape, size and identity before it comes back. A fault of the provider (timeout, HTML, broken
 * JSON, a foreign id, an error object) rejects with TxTrailError: `provider_unreachable`,
 * `provider_timeout`, `provider_bad_answer`, `provider_error`, `provider_rate_limited`. `null` means
 * "this provider does not show it", never "it does not exist".
 */
export interface ChainProvider {
  readonly name: string;
  readonly role: 'primary' | 'secondary';

  /** The chain that it serves, as CAIP-2. */
  chainId(): Promise<ChainId>;
  head(): Promise<BlockHeader>;
  blockByNumber(number: number): Promise<Block | null>;
  blockByHash(hash: Hash): Promise<Block | null>;
  /** The blocks its `safe` and `finalized` tags name; null where it has no such tag or block yet. */
  settled(): Promise<{ readonly safe: BlockRef | null; readonly finalized: BlockRef | null }>;
  /**
   * One answer a hash, in order, asked as one batch; null: not shown. `unanswered`: this one got no
   * answer though others did (H31, H36). Rejects when none did.
   */
  lookup(hashes: readonly Hash[]): Promise<readonly (LookupAnswer | 'unanswered' | null)[]>;
  /** Receipts of transactions of one block, in the order asked; null: not there yet. Checked against the block. */
  receipts(
    block: BlockRef,
    wanted: readonly { readonly hash: Hash; readonly index: number }[],
  ): Promise<readonly (ReceiptAnswer | null)[]>;
  send(raw: string): Promise<SendAnswer>;
  /** Starts following new heads over the provider's socket; null where it has none. */
  followHeads(sink: HeadSink): HeadSubscription | null;
  close(): Promise<void>;
}

export interface LookupAnswer {
  readonly details: CallDetails;
  readonly block: (BlockRef & { readonly index: number }) | null;
}

export interface ReceiptAnswer {
  readonly hash: Hash;
  readonly blockHash: Hash;
  readonly index: number;
  readonly execution: Execution | null;
  readonly gasUsed: string;
  readonly effectiveGasPrice: string | null;
}

/** `rejected` is the node's verdict on the transaction, with its error class; a fault of the provider rejects instead. */
export type SendAnswer =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'known' }
  | {
      readonly outcome: 'rejected';
      readonly failureClass: string;
      /** True when no other provider would judge otherwise (such as a bad signature). */
      readonly final: boolean;
      readonly message: string;
    };

export interface HeadSink {
  /** A head was announced: a hint, to be checked by asking. */
  onHead(head: BlockHeader): void;
  /** The socket came up (after its subscription was confirmed) or went away. */
  onState(state: 'up' | 'down', reason: string): void;
}

export interface HeadSubscription {
  /** Drops the connection and makes a new one: for a socket that is open but deaf. */
  restart(reason: string): void;
  stop(): void;
}
