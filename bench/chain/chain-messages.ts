/** What the bench asks of the chain's process; each is answered by one reply, in order. */
export type ChainRequest =
  /** Makes transactions that no block and no pool holds yet; `pooled` puts them into the pool. Reply: `hashes`. */
  | { readonly kind: 'prepare'; readonly count: number; readonly pooled: boolean }
  /**
   * Mines blocks out of sight on top of what is staged already: `tracked` of the transactions that were
   * prepared and not mined yet, each filled up to `size` with others. Reply: `done`.
   */
  | { readonly kind: 'stage'; readonly blocks: readonly { readonly tracked: number; readonly size: number }[] }
  /** Shows the staged blocks, one every `intervalMs`, at most `count`. Reply: `shown`. */
  | { readonly kind: 'play'; readonly count: number; readonly intervalMs: number }
  /** Calls answered since the last time this was asked, by method. Reply: `calls`. */
  | { readonly kind: 'calls' };

export type ChainReply =
  | { readonly kind: 'ready'; readonly http: string; readonly ws: string }
  | { readonly kind: 'hashes'; readonly hashes: readonly string[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'shown'; readonly blocks: readonly ShownBlock[] }
  | { readonly kind: 'calls'; readonly calls: Readonly<Record<string, number>> };

/** Times of the monotonic clock, milliseconds. */
export interface ShownBlock {
  readonly number: number;
  readonly intendedMs: number;
  /** From here on the provider answers with the block; what it pushes of it leaves after this moment. */
  readonly visibleMs: number;
}
