import type { ChainView } from '../core/chain/chain-view.ts';
import type { WatchResume } from '../ports/chain-output.ts';

/** Where a watcher goes on that the chain's records were told to; null: the chain was never followed. */
export function watchResumeOf(view: ChainView): WatchResume | null {
  if (view.head === null) return null;
  return { blocks: view.blocks.map(({ header }) => header), safe: view.safe, finalized: view.finalized };
}
