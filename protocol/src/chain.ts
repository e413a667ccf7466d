/** A block by its number and hash; the hash decides, the number lies. */
export interface BlockReference {
  readonly number: number;
  readonly hash: string;
}

export interface ProviderStatus {
  readonly name: string;
  readonly role: 'primary' | 'secondary';
  /** `leading`: its head is the one followed. `refused`: it serves another chain. Values may be added. */
  readonly state: string;
  readonly reason: string | null;
  readonly head: number | null;
  /** Blocks behind the best head any provider shows. */
  readonly lag: number | null;
}

/** An entry of `GET /v1/chains`. */
export interface Chain {
  /** CAIP-2, such as `eip155:1`. */
  readonly chain: string;
  /** The preset's name; null where there is none. */
  readonly name: string | null;
  readonly chainId: number | null;
  /** null before the chain was first seen. */
  readonly head: (BlockReference & { readonly timestamp: string }) | null;
  readonly finality: {
    readonly source: 'tag' | 'depth';
    readonly safe: BlockReference | null;
    readonly finalized: BlockReference | null;
  };
  /** Blocks behind the best head any provider shows; null: no provider leads, so nobody can tell. */
  readonly lag: number | null;
  readonly providers: readonly ProviderStatus[];
}

export interface RecentBlock extends BlockReference {
  readonly parentHash: string;
  readonly timestamp: string;
  /** How many it holds. */
  readonly transactions: number;
}

export interface RecentReorg {
  readonly time: string;
  readonly depth: number;
  /** The last block that both branches share. */
  readonly ancestor: BlockReference;
  readonly beyondFinality: boolean;
  /** The blocks that left the canonical chain, highest first; of a very deep reorg the 256 highest. */
  readonly orphaned: readonly RecentBlock[];
}

/** `GET /v1/chains/{chain}`. */
export interface ChainDetail extends Chain {
  /** Canonical, newest first. */
  readonly recentBlocks: readonly RecentBlock[];
  /** Newest first. */
  readonly recentReorgs: readonly RecentReorg[];
}
