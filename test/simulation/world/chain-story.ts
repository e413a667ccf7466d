import type { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import type { Chance } from '../chance.ts';
import { calmFromMs, type ChainPlan, runMs } from '../seed-plan.ts';
import type { SimulatedTime } from '../time/simulated-time.ts';

export interface ChainStoryDeps {
  readonly chain: ScriptedChain;
  readonly time: SimulatedTime;
  readonly chance: Chance;
  /** A transaction that somebody may want to follow. */
  readonly onSent: (transaction: ScriptedTransaction) => void;
}

/** What happens on one chain: blocks, payments, and what becomes of both. */
export class ChainStory {
  readonly #plan: ChainPlan;
  readonly #deps: ChainStoryDeps;
  #senders = 0;

  constructor(plan: ChainPlan, deps: ChainStoryDeps) {
    this.#plan = plan;
    this.#deps = deps;
  }

  start(): void {
    const { time, chance } = this.#deps;
    this.#mineNext();
    for (let index = 0; index < this.#plan.transactions; index += 1) {
      time.after(chance.between(0, calmFromMs + 30_000), () => this.#pay());
    }
  }

  #mineNext(): void {
    const { time, chance, chain } = this.#deps;
    const waitMs = this.#plan.blockTimeMs * chance.between(0.8, 1.2);
    if (time.nowMs + waitMs > runMs - 1_000) return;
    time.after(waitMs, () => {
      chain.mine();
      if (time.nowMs < calmFromMs && chance.happens(0.04)) {
        const depth = chance.whole(1, 4);
        chain.reorg({ depth, length: depth + 1 });
      }
      this.#mineNext();
    });
  }

  #pay(): void {
    const { chain, onSent } = this.#deps;
    this.#senders += 1;
    const from = `0x${this.#senders.toString(16).padStart(40, '0')}`;
    onSent(chain.submit({ from, value: 1n }));
  }
}
