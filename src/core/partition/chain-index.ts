import { nonceKey } from '../chain/chain-view.ts';
import { senderOf, type Tracked } from '../transaction/tracked.ts';
import { BucketIndex } from './bucket-index.ts';

/**
 * Where one chain's tracked transactions are found: by hash and by (sender, nonce) when a block is
 * matched, by the block that holds them (or their rival) when it is reverted, by that block's height
 * when it settles, by the height at which the next confirmation threshold falls due, by the height at which an unseen one
 * is looked up again. Derived from the transactions, so no snapshot holds it.
 */
export class ChainIndex {
  readonly byHash = new BucketIndex<string>();
  readonly byNonce = new BucketIndex<string>();
  readonly byBlock = new BucketIndex<string>();
  /** Only those whose last word, finality, is still to be said. */
  readonly byUnsettledHeight = new BucketIndex<number>();
  readonly byDueHeight = new BucketIndex<number>();
  readonly byLookupHeight = new BucketIndex<number>();
  readonly #filed = new Map<Tracked, Filed>();

  add(tracked: Tracked): void {
    this.byHash.add(tracked.hash, tracked);
    this.#filed.set(tracked, { nonce: null, block: null, unsettledHeight: null, dueHeight: null, lookupHeight: null });
    this.refile(tracked);
  }

  remove(tracked: Tracked): void {
    const filed = this.#filed.get(tracked);
    if (filed === undefined) return;
    this.byHash.remove(tracked.hash, tracked);
    this.#move(this.byNonce, filed.nonce, null, tracked);
    this.#move(this.byBlock, filed.block, null, tracked);
    this.#move(this.byUnsettledHeight, filed.unsettledHeight, null, tracked);
    this.#move(this.byDueHeight, filed.dueHeight, null, tracked);
    this.#move(this.byLookupHeight, filed.lookupHeight, null, tracked);
    this.#filed.delete(tracked);
  }

  /** To be called whenever a transaction was touched. */
  refile(tracked: Tracked): void {
    const filed = this.#filed.get(tracked);
    if (filed === undefined) return;
    const sender = senderOf(tracked);
    filed.nonce = this.#move(
      this.byNonce,
      filed.nonce,
      sender === null ? null : nonceKey(sender.from, sender.nonce),
      tracked,
    );
    const block = tracked.inclusion?.block.hash ?? tracked.rival?.block.hash ?? null;
    filed.block = this.#move(this.byBlock, filed.block, block, tracked);
    const unsettled = unsettledHeight(tracked);
    filed.unsettledHeight = this.#move(this.byUnsettledHeight, filed.unsettledHeight, unsettled, tracked);
    filed.dueHeight = this.#move(this.byDueHeight, filed.dueHeight, nextDueHeight(tracked), tracked);
    filed.lookupHeight = this.#move(this.byLookupHeight, filed.lookupHeight, tracked.lookup?.dueBlock ?? null, tracked);
  }

  #move<Key>(index: BucketIndex<Key>, from: Key | null, to: Key | null, tracked: Tracked): Key | null {
    if (from === to) return to;
    if (from !== null) index.remove(from, tracked);
    if (to !== null) index.add(to, tracked);
    return to;
  }
}

interface Filed {
  nonce: string | null;
  block: string | null;
  unsettledHeight: number | null;
  dueHeight: number | null;
  lookupHeight: number | null;
}

/** The head number at which the next threshold, or the required count, is reached. */
export function nextDueHeight(tracked: Tracked): number | null {
  const { inclusion, options } = tracked;
  if (inclusion === null || inclusion.said.confirmed) return null;
  const required = options.confirmations;
  const next =
    options.thresholds.find((threshold) => threshold > inclusion.said.threshold) ??
    (typeof required === 'number' ? required : null);
  return next === null ? null : inclusion.block.number + next - 1;
}

function unsettledHeight(tracked: Tracked): number | null {
  const { inclusion, rival } = tracked;
  if (inclusion !== null) return inclusion.said.finalized ? null : inclusion.block.number;
  return rival === null || rival.final ? null : rival.block.number;
}
