import type { BlockHeader, BlockRef } from '../core/chain/block.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import type { FactRecord } from '../core/records/fact-record.ts';
import type { ProviderReport } from './tracker-service.ts';

/** Where a chain's watcher writes what it saw. Each call is durable when it resolves; calls keep their order. */
export interface ChainOutput {
  chain(records: readonly ChainRecord[]): Promise<void>;
  facts(facts: readonly FactRecord[]): Promise<void>;
}

/** The chain as the log last told it: where a watcher goes on after a restart. */
export interface WatchResume {
  /** The canonical window, oldest first, each the parent of the next; never empty. */
  readonly blocks: readonly BlockHeader[];
  readonly safe: BlockRef | null;
  readonly finalized: BlockRef | null;
}

export interface WatchReport {
  /** Blocks between the best head any provider shows and the one we follow; null: no provider leads, so nobody can tell. */
  readonly lag: number | null;
  /** By what blocks become final now: the configured tag gives way to a depth where the chain has none (H19). */
  readonly finalitySource?: 'tag' | 'depth';
  readonly providers: readonly ProviderReport[];
}
