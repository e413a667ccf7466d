import type { Address, Hash } from '../core/chain/block.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import type { ScriptedChain } from './scripted-chain.ts';
import type { ScriptedTransaction } from './scripted-transaction.ts';

/** What one provider knows of the chain: a node of its own that may be behind, or on another fork. */
export class ProviderView {
  readonly chain: ScriptedChain;
  /** Blocks behind the chain's head. */
  lag = 0;
  /** Where it stands instead of at the chain's head: a block, or the growing tip of a branch. */
  pin: { readonly tip: ScriptedBlock } | null = null;
  /** True: it shows nothing of the pool (H71). */
  hidesPool = false;
  /** True: it shows blocks of its own path only, as a node that never saw the other fork. */
  ownPathOnly = false;
  readonly #hidden = new Set<Hash>();

  constructor(chain: ScriptedChain) {
    this.chain = chain;
  }

  get head(): ScriptedBlock {
    if (this.pin !== null) return this.pin.tip;
    const { chain } = this;
    return chain.blocks.at(Math.max(0, chain.head.number - this.lag), chain.head) ?? chain.head;
  }

  /** Does not show this transaction while it waits in the pool (F19). */
  hide(hash: Hash): void {
    this.#hidden.add(hash);
  }

  show(hash: Hash): void {
    this.#hidden.delete(hash);
  }

  at(number: number): ScriptedBlock | null {
    return this.chain.blocks.at(number, this.head);
  }

  /** A block by hash, also of a side branch, unless it lies beyond the provider's own head. */
  block(hash: Hash): ScriptedBlock | null {
    const block = this.chain.blocks.get(hash);
    if (block === null || block.number > this.head.number) return null;
    return this.ownPathOnly && !this.chain.blocks.isOn(block, this.head) ? null : block;
  }

  /** The safe or final block as far as this provider's path goes along with it. */
  settled(tag: 'safe' | 'finalized'): ScriptedBlock | null {
    const { chain, head } = this;
    const settled = chain[tag];
    if (settled === null || chain.blocks.isOn(settled, head)) return settled;
    return chain.blocks.ancestor(settled, head);
  }

  /** A transaction that it holds in its pool: also one that was mined beyond its head. */
  pending(hash: Hash): ScriptedTransaction | null {
    if (this.hidesPool || this.#hidden.has(hash)) return null;
    const waiting = this.chain.pool.get(hash);
    if (waiting !== null) return waiting;
    const beyond = this.chain.blocks.holder(hash, this.chain.head);
    if (beyond === null || this.chain.blocks.isOn(beyond, this.head)) return null;
    const mined = beyond.receipts.find((receipt) => receipt.transaction.hash === hash)?.transaction ?? null;
    return mined !== null && this.chain.account(mined.from, this.head).nonce <= mined.nonce ? mined : null;
  }

  /** The nonce after what it would show as pending. */
  pendingNonce(address: Address): number {
    const nonce = this.chain.account(address, this.head).nonce;
    return this.hidesPool ? nonce : this.chain.pool.nextNonce(address, nonce);
  }
}
