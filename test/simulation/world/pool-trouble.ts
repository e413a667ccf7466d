import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { calmFromMs } from '../seed-plan.ts';
import type { SimulatedChain } from './simulated-chain.ts';

export interface PoolTroubleDeps {
  readonly chance: Chance;
  readonly context: Context;
}

/** Between two looks at the pool. */
const lookEveryMs = 5_000;

/** Transactions that fall out of every pool, and some of which come back, moments or minutes later (F19, H51, H52). */
export class PoolTrouble {
  readonly #chain: SimulatedChain;
  readonly #deps: PoolTroubleDeps;

  constructor(chain: SimulatedChain, deps: PoolTroubleDeps) {
    this.#chain = chain;
    this.#deps = deps;
  }

  start(): void {
    const { context } = this.#deps;
    if (!context.armed.has('eviction')) return;
    context.time.after(lookEveryMs, () => this.#look());
  }

  /** It is in no pool any more: perhaps whoever sent it sends it again. */
  gone(transaction: ScriptedTransaction): void {
    const { chance, context } = this.#deps;
    const { time } = context;
    // Minutes are as long as it takes to be called dropped.
    const awayMs = chance.weighted({ moments: 3, minutes: 2, for_good: 2 });
    if (awayMs === 'for_good') return;
    const backMs = awayMs === 'moments' ? chance.between(1_000, 30_000) : chance.between(125_000, 200_000);
    if (time.nowMs + backMs > calmFromMs + 20_000) return;
    time.after(backMs, () => {
      const { chain } = this.#chain;
      const { from, nonce } = transaction;
      if (chain.account(from).nonce > nonce || chain.pool.rival(from, nonce) !== null) return;
      context.reach(awayMs === 'moments' ? 'evicted and back' : 'evicted and back after minutes');
      chain.submit(transaction);
    });
  }

  #look(): void {
    const { chance, context } = this.#deps;
    const fault = context.armed.get('eviction');
    if (fault === undefined) return;
    for (const transaction of [...this.#chain.chain.pool.all()]) {
      if (chance.happens(Math.min(0.5, fault.rate))) {
        this.#chain.evict(transaction.hash);
        this.gone(transaction);
      }
    }
    context.time.after(lookEveryMs, () => this.#look());
  }
}
