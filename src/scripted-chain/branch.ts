import type { Hash } from '../core/chain/block.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import type { MineOptions, ScriptedChain } from './scripted-chain.ts';

/** A branch being grown: providers may be pinned to it, and it may become the canonical chain. */
export class Branch {
  readonly #chain: ScriptedChain;
  #tip: ScriptedBlock;

  constructor(chain: ScriptedChain, at: ScriptedBlock) {
    this.#chain = chain;
    this.#tip = at;
  }

  get tip(): ScriptedBlock {
    return this.#tip;
  }

  /** Mines on the branch; the canonical head stays where it is. */
  mine(options: Omit<MineOptions, 'parent' | 'becomesHead'> = {}): ScriptedBlock {
    this.#tip = this.#chain.mine({ ...options, parent: this.#tip.hash, becomesHead: false });
    return this.#tip;
  }

  /** Makes the branch the canonical chain, whatever its height. */
  adopt(gone: readonly Hash[] = []): void {
    this.#chain.setHead(this.#tip.hash, gone);
  }
}
