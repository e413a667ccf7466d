import { assert } from '../../lib/assert.ts';
import type { ChainRecord } from '../records/chain-record.ts';
import type { Block, BlockHeader, BlockRef, BlockTransaction, ChainId, Hash } from './block.ts';
import { windowSurplus } from './window.ts';

/** Where a transaction stands in the window. */
export interface PlacedTransaction {
  readonly block: BlockHeader;
  readonly transaction: BlockTransaction;
  /** Who showed the block. */
  readonly provider: string;
}

/** What one record of a chain changed, for those who hold transactions against it. */
export interface ChainChange {
  readonly applied: WindowBlock | null;
  readonly reverted: readonly BlockRef[];
  readonly safeMoved: boolean;
  readonly finalizedMoved: boolean;
  /** Blocks too old to be kept in the window. */
  readonly left: readonly WindowBlock[];
}

export interface WindowBlock {
  readonly header: BlockHeader;
  readonly transactions: readonly BlockTransaction[];
  readonly provider: string;
  /** Where in the journal it became canonical. Snapshots of versions before 0.2 do not say: it was there from the start. */
  readonly position?: number;
}

/** The part of a view that a snapshot keeps. */
export interface ChainViewState {
  readonly blocks: readonly WindowBlock[];
  readonly safe: BlockRef | null;
  readonly finalized: BlockRef | null;
  readonly target: number;
}

/**
 * The canonical chain as the records of `blocks/<chain>` tell it: a window of recent blocks with
 * what they hold, found by hash and by (sender, nonce), and how far the chain has settled. Numbers
 * lie and hashes do not, so the question asked of it is always "is this block hash on the canonical
 * path".
 *
 * It trusts its records (the watcher checked them) but not their order: a block that does not link
 * to the head is a broken invariant.
 */
export class ChainView {
  readonly chain: ChainId;
  #blocks: WindowBlock[] = [];
  #byHash = new Map<Hash, PlacedTransaction>();
  #byNonce = new Map<string, PlacedTransaction>();
  #safe: BlockRef | null = null;
  #finalized: BlockRef | null = null;
  #target = -1;

  constructor(chain: ChainId) {
    this.chain = chain;
  }

  get head(): BlockHeader | null {
    return this.#blocks.at(-1)?.header ?? null;
  }

  get safe(): BlockRef | null {
    return this.#safe;
  }

  get finalized(): BlockRef | null {
    return this.#finalized;
  }

  /** The highest head that is announced now; −1 before the chain was first seen. */
  get target(): number {
    return Math.max(this.#target, this.head?.number ?? -1);
  }

  /** The lowest block number in the window; Infinity while it is empty. */
  get base(): number {
    return this.#blocks[0]?.header.number ?? Number.POSITIVE_INFINITY;
  }

  get blocks(): readonly WindowBlock[] {
    return this.#blocks;
  }

  blockAt(number: number): WindowBlock | null {
    return this.#blocks[number - this.base] ?? null;
  }

  /** Below the window nothing can be reverted any more, so only what lies in it is compared. */
  isCanonical(block: BlockRef): boolean {
    if (block.number < this.base) return true;
    return this.blockAt(block.number)?.header.hash === block.hash;
  }

  find(hash: Hash): PlacedTransaction | null {
    return this.#byHash.get(hash) ?? null;
  }

  /** The transaction in the window that used this nonce of this sender. */
  findByNonce(from: string, nonce: number): PlacedTransaction | null {
    return this.#byNonce.get(nonceKey(from, nonce)) ?? null;
  }

  /** `position` is the record's place in the journal. */
  apply(record: ChainRecord, position = 0): ChainChange {
    switch (record.kind) {
      case 'anchored':
        return this.#anchor(record.block, record.target, record.provider);
      case 'applied':
        return this.#append(record.block, record.target, record.provider, position);
      case 'reverted':
        return this.#revert(record.blocks, record.ancestor);
      case 'settled':
        return this.#settle(record.safe, record.finalized);
    }
  }

  state(): ChainViewState {
    return { blocks: this.#blocks, safe: this.#safe, finalized: this.#finalized, target: this.#target };
  }

  restore(state: ChainViewState): void {
    this.#blocks = [];
    this.#byHash.clear();
    this.#byNonce.clear();
    for (const block of state.blocks) this.#push(block);
    this.#safe = state.safe;
    this.#finalized = state.finalized;
    this.#target = state.target;
  }

  #anchor(block: BlockHeader, target: number, provider: string): ChainChange {
    assert(this.#blocks.length === 0, `${this.chain} is anchored twice`);
    this.#target = target;
    this.#push({ header: block, transactions: [], provider });
    return nothingChanged;
  }

  #append(block: Block, target: number, provider: string, position: number): ChainChange {
    const head = this.head;
    assert(
      head !== null && block.parentHash === head.hash && block.number === head.number + 1,
      `${this.chain} block ${block.number} ${block.hash} does not follow the head ${head?.number} ${head?.hash}`,
    );
    // The last word: what somebody announced once may have been of a branch that is gone.
    this.#target = target;
    const { number, hash, parentHash, timestampMs } = block;
    const header = { number, hash, parentHash, timestampMs };
    const applied = { header, transactions: block.transactions, provider, position };
    this.#push(applied);
    return { ...nothingChanged, applied, left: this.#prune() };
  }

  #revert(blocks: readonly BlockRef[], ancestor: BlockRef): ChainChange {
    for (const block of blocks) {
      const head = this.#blocks.pop();
      assert(head?.header.hash === block.hash, `${this.chain} reverts ${block.hash}, which is not the head`);
      for (const transaction of head.transactions) {
        this.#byHash.delete(transaction.hash);
        this.#byNonce.delete(nonceKey(transaction.from, transaction.nonce));
      }
    }
    assert(this.head?.hash === ancestor.hash, `${this.chain} reverts to ${ancestor.hash}, which is not in the window`);
    // What was announced above it was announced of the branch that is gone.
    this.#target = ancestor.number;
    this.#safe = lowerOf(this.#safe, ancestor);
    this.#finalized = lowerOf(this.#finalized, ancestor);
    return { ...nothingChanged, reverted: blocks };
  }

  #settle(safe: BlockRef | null, finalized: BlockRef | null): ChainChange {
    const finalizedMoved = finalized !== null && finalized.number > (this.#finalized?.number ?? -1);
    if (finalizedMoved) this.#finalized = finalized;
    // What is final is safe, whatever a tag that lags behind says.
    const bestSafe = higherOf(safe, finalized);
    const safeMoved = bestSafe !== null && bestSafe.number > (this.#safe?.number ?? -1);
    if (safeMoved) this.#safe = bestSafe;
    return { ...nothingChanged, safeMoved, finalizedMoved };
  }

  #push(block: WindowBlock): void {
    this.#blocks.push(block);
    for (const transaction of block.transactions) {
      const placed = { block: block.header, transaction, provider: block.provider };
      this.#byHash.set(transaction.hash, placed);
      this.#byNonce.set(nonceKey(transaction.from, transaction.nonce), placed);
    }
  }

  #prune(): readonly WindowBlock[] {
    const blocks = this.#blocks;
    const surplus = windowSurplus(blocks.length, (index) => blocks[index]?.header, this.#finalized);
    const gone = surplus === 0 ? [] : blocks.splice(0, surplus);
    for (const block of gone) {
      for (const transaction of block.transactions) {
        this.#forget(this.#byHash, transaction.hash, block.header);
        this.#forget(this.#byNonce, nonceKey(transaction.from, transaction.nonce), block.header);
      }
    }
    return gone;
  }

  #forget(index: Map<string, PlacedTransaction>, key: string, block: BlockHeader): void {
    if (index.get(key)?.block === block) index.delete(key);
  }
}

const nothingChanged: ChainChange = { applied: null, reverted: [], safeMoved: false, finalizedMoved: false, left: [] };

export function nonceKey(from: string, nonce: number): string {
  return `${from}/${nonce}`;
}

function lowerOf(settled: BlockRef | null, ancestor: BlockRef): BlockRef | null {
  return settled !== null && settled.number > ancestor.number ? ancestor : settled;
}

function higherOf(left: BlockRef | null, right: BlockRef | null): BlockRef | null {
  if (left === null) return right;
  if (right === null) return left;
  return left.number >= right.number ? left : right;
}
