import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { calmFromMs, runMs } from '../seed-plan.ts';
import type { SimulatedChain } from './simulated-chain.ts';

export interface ChainStoryDeps {
  readonly chance: Chance;
  readonly context: Context;
  /** A transaction that somebody may want to follow. */
  readonly onSent: (transaction: ScriptedTransaction) => void;
}

/** What happens on one chain: blocks, payments, and what becomes of both. */
export class ChainStory {
  readonly #chain: SimulatedChain;
  readonly #deps: ChainStoryDeps;
  #senders = 0;

  constructor(chain: SimulatedChain, deps: ChainStoryDeps) {
    this.#chain = chain;
    this.#deps = deps;
  }

  start(): void {
    const { chance, context } = this.#deps;
    this.#mineNext();
    for (let index = 0; index < this.#chain.plan.transactions; index += 1) {
      context.time.after(chance.between(0, calmFromMs + 30_000), () => this.#pay());
    }
  }

  #mineNext(): void {
    const { chance, context } = this.#deps;
    const { chain, plan } = this.#chain;
    const waitMs = plan.blockTimeMs * chance.between(0.8, 1.2);
    if (context.time.nowMs + waitMs > runMs - 1_000) return;
    context.time.after(waitMs, () => {
      chain.mine();
      if (context.time.nowMs < calmFromMs && chance.happens(0.04)) {
        const depth = chance.whole(1, 4);
        chain.reorg({ depth, length: depth + 1 });
      }
      this.#mineNext();
    });
  }

  #pay(): void {
    this.#senders += 1;
    const from = `0x${this.#senders.toString(16).padStart(40, '0')}`;
    this.#deps.onSent(this.#chain.chain.submit({ from, value: 1n }));
  }
}
