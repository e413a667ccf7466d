import type { ScriptedBlock } from '../../../src/scripted-chain/scripted-block.ts';
import type { MineOptions, ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';

export interface BlockTime {
  /** Unix milliseconds of the block, after its parent's. */
  readonly timestampMs: (parent: ScriptedBlock) => number;
}

/**
 * Makes the blocks of the true chain: of what the pool offers, and of what the maker prefers to it,
 * such as a transaction that no pool shows (H70) or the one that a rival has pushed out (H59).
 */
export class BlockMaker {
  readonly #chain: ScriptedChain;
  readonly #time: BlockTime;
  #preferred: ScriptedTransaction[] = [];

  constructor(chain: ScriptedChain, time: BlockTime) {
    this.#chain = chain;
    this.#time = time;
  }

  /** Takes it into the first block that can hold it, whatever the pool has in its place. */
  prefer(transaction: ScriptedTransaction): void {
    this.#preferred.push(transaction);
  }

  mine(options: { readonly isEmpty?: boolean } = {}): ScriptedBlock {
    const chain = this.#chain;
    const parent = chain.head;
    const wanted: Pick<MineOptions, 'transactions'> =
      options.isEmpty === true ? { transactions: [] } : this.#preferred.length > 0 ? this.#withPreferred() : {};
    return chain.mine({ ...wanted, timestampMs: this.#time.timestampMs(parent) });
  }

  #withPreferred(): Pick<MineOptions, 'transactions'> {
    const chain = this.#chain;
    this.#preferred = this.#preferred.filter(({ from, nonce }) => chain.account(from).nonce <= nonce);
    const taken = new Map<string, ScriptedTransaction>();
    for (const transaction of this.#preferred) {
      if (chain.account(transaction.from).nonce === transaction.nonce) taken.set(transaction.from, transaction);
    }
    // What the pool offers of the same sender is for the next block.
    const offered = chain.pool
      .executable((address) => chain.account(address).nonce, chain.nextBaseFee(), chain.head.gasLimit)
      .filter(({ from }) => !taken.has(from));
    return { transactions: [...taken.values(), ...offered] };
  }
}
