import type { ScriptedBlock } from '../../../src/scripted-chain/scripted-block.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { beginMs, calmFromMs, runMs } from '../seed-plan.ts';
import type { BlockMaker } from './block-maker.ts';
import type { SimulatedChain } from './simulated-chain.ts';

export interface ChainPaceDeps {
  readonly chance: Chance;
  readonly context: Context;
  readonly maker: BlockMaker;
  /** After each block of the chain. */
  readonly onBlock: (block: ScriptedBlock) => void;
}

type Pace = 'steady' | 'bursty' | 'empty' | 'in_pairs' | 'halted';

/** No block comes so shortly before the end: the last one is to be heard of. */
const lastBlockMs = runMs - 1_000;

/** When blocks come: at the chain's pace, in bursts, two at once, empty, or for minutes not at all (F21). */
export class ChainPace {
  readonly #chain: SimulatedChain;
  readonly #deps: ChainPaceDeps;
  #pace: Pace = 'steady';
  #paceUntilMs = 0;
  #burstLeft = 0;
  #beforeNext: (() => void)[] = [];

  constructor(chain: SimulatedChain, deps: ChainPaceDeps) {
    this.#chain = chain;
    this.#deps = deps;
  }

  start(): void {
    this.#planNext();
  }

  /** Called at the very moment at which the next block is made, before it. */
  beforeNext(task: () => void): void {
    this.#beforeNext.push(task);
  }

  #planNext(): void {
    const { time } = this.#deps.context;
    this.#choosePace();
    const waitMs = Math.max(10, this.#waitMs());
    if (time.nowMs + waitMs > lastBlockMs) return;
    time.after(waitMs, () => {
      for (const task of this.#beforeNext.splice(0)) task();
      this.#make();
      this.#planNext();
    });
  }

  #make(): void {
    const { maker, context, onBlock } = this.#deps;
    const count = this.#pace === 'in_pairs' ? 2 : 1;
    if (count > 1) context.reach('two blocks at once');
    for (let made = 0; made < count; made += 1) {
      const isEmpty = this.#pace === 'empty' && made === 0;
      if (isEmpty && this.#chain.chain.pool.size > 0) context.reach('empty block while the pool waits');
      onBlock(maker.mine({ isEmpty }));
    }
  }

  #waitMs(): number {
    const { chance, context } = this.#deps;
    const { blockTimeMs } = this.#chain.plan;
    if (this.#pace === 'halted') return this.#paceUntilMs - context.time.nowMs;
    if (this.#pace === 'in_pairs') return 2 * blockTimeMs * chance.between(0.8, 1.2);
    if (this.#pace !== 'bursty') return blockTimeMs * chance.between(0.8, 1.2);
    if (this.#burstLeft > 0) {
      this.#burstLeft -= 1;
      return blockTimeMs * chance.between(0.05, 0.2);
    }
    this.#burstLeft = chance.whole(3, 7);
    context.reach('burst of blocks');
    return blockTimeMs * this.#burstLeft;
  }

  #choosePace(): void {
    const { chance, context } = this.#deps;
    const { time, armed } = context;
    if (time.nowMs >= calmFromMs) this.#pace = 'steady';
    if (time.nowMs >= calmFromMs || time.nowMs < this.#paceUntilMs) return;
    const [halts, uneven] = [armed.get('chain_halts'), armed.get('uneven_pace')];
    const other = 0.2 + (uneven?.rate ?? 0);
    this.#pace = chance.weighted<Pace>({
      steady: 1,
      bursty: uneven === undefined ? 0 : other,
      empty: uneven === undefined ? 0 : other,
      in_pairs: uneven === undefined ? 0 : other,
      halted: halts === undefined ? 0 : 0.3 + halts.rate,
    });
    const lastMs = this.#pace === 'halted' ? chance.whole(40_000, 180_000) : chance.whole(20_000, 90_000);
    this.#paceUntilMs = Math.min(calmFromMs, time.nowMs + lastMs);
    if (this.#pace === 'halted' && lastMs > 90_000) context.reach('chain halted for a minute and a half');
  }
}

/** What blocks say of their time: the truth to the second, or, where it is odd, their parent's or one ahead (F21). */
export class BlockClock {
  readonly #context: Context;
  readonly #chance: Chance;

  constructor(context: Context, chance: Chance) {
    this.#context = context;
    this.#chance = chance;
  }

  timestampMs(parent: ScriptedBlock): number {
    const nowMs = beginMs + this.#context.time.nowMs;
    const honest = Math.max(nowMs, parent.timestampMs);
    const fault = this.#context.armed.get('odd_times');
    if (fault === undefined || !this.#chance.happens(0.1 + fault.rate / 2)) return honest;
    if (this.#chance.happens(0.5)) {
      this.#context.reach('blocks of one timestamp');
      return parent.timestampMs;
    }
    this.#context.reach('block ahead of its time');
    return honest + this.#chance.whole(5_000, 60_000);
  }
}
