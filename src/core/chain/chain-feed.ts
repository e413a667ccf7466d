import type { ChainRecord } from '../records/chain-record.ts';
import { ClaimedStream } from '../records/claimed-stream.ts';
import type { ChainId } from './block.ts';
import { ChainView } from './chain-view.ts';
import { type ReorgNote, withReorg } from './reorg-notes.ts';

/**
 * A chain as its claimed stream tells it, from wherever the stream still begins: for those who only
 * look at the chain. What lies before the oldest record is not known, and the view begins at the
 * first block that comes.
 */
export class ChainFeed {
  readonly #chain: ChainId;
  readonly #stream = new ClaimedStream();
  #view: ChainView;
  #isWhole = false;
  #reorgs: readonly ReorgNote[] = [];

  constructor(chain: ChainId) {
    this.#chain = chain;
    this.#view = new ChainView(chain);
  }

  get view(): ChainView {
    return this.#view;
  }

  /** Blocks have left the window since: nothing that stands before the first record it took would change the view. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Newest first. */
  get reorgs(): readonly ReorgNote[] {
    return this.#reorgs;
  }

  /** Who writes the stream now; null: nobody ever did. */
  get writer(): string | null {
    return this.#stream.writer;
  }

  take(value: string): void {
    const before = this.#stream.writer;
    const taken = this.#stream.take(value);
    if (taken.kind !== 'record') return;
    // Its claim was not read, so there is no telling what of the records before was void.
    if (before !== null && this.#stream.writer !== before) this.#beginAnew();
    const record = JSON.parse(taken.payload) as ChainRecord;
    if (this.#view.head === null) return this.#begin(record);
    if (record.kind === 'reverted') {
      // It goes back beyond what was kept: what stands before it is found again with the next block.
      if (this.#view.blockAt(record.ancestor.number) === null) this.#beginAnew();
      else this.#reorgs = withReorg(this.#reorgs, record, this.#view, taken.timeMs);
      if (this.#view.head === null) return;
    }
    if (this.#view.apply(record).left.length > 0) this.#isWhole = true;
  }

  #beginAnew(): void {
    this.#view = new ChainView(this.#chain);
    this.#isWhole = false;
  }

  #begin(record: ChainRecord): void {
    if (record.kind === 'anchored') this.#view.apply(record);
    if (record.kind !== 'applied') return;
    const { number, hash, parentHash, timestampMs } = record.block;
    const { chain, target, provider } = record;
    const block = { number, hash, parentHash, timestampMs };
    this.#view.apply({ kind: 'anchored', chain, block, target, provider });
  }
}
