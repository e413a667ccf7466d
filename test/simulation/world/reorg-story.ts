import type { ScriptedBlock } from '../../../src/scripted-chain/scripted-block.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { calmFromMs } from '../seed-plan.ts';
import type { FinalityKeeper } from './finality-keeper.ts';
import { fatesOf, type ReorgFatesDeps } from './reorg-fates.ts';
import type { SimulatedChain } from './simulated-chain.ts';

export interface ReorgStoryDeps extends Omit<ReorgFatesDeps, 'reach'> {
  readonly context: Context;
  readonly keeper: FinalityKeeper;
}

/** Blocks that deep reorgs take back; the deepest only where there are so many (F04). */
const deepReorgs = [7, 32, 157] as const;
/** By now the tracker has begun to follow the chain: what was final then it cannot look behind. */
const anchoredByMs = 60_000;
/** Before this no final block is taken back. */
const violationFromMs = 150_000;

/** The reorgs of one chain (F04, F05): shallow ones by chance at any block, deep ones once the chain is long enough. */
export class ReorgStory {
  readonly #chain: SimulatedChain;
  readonly #deps: ReorgStoryDeps;
  readonly #chance: Chance;
  /** The depth that is waited for; null: none. */
  #deep: number | null = null;
  #endStall: (() => void) | null = null;
  #violationAtMs: number | null = null;
  #anchorNumber = Number.POSITIVE_INFINITY;

  constructor(chain: SimulatedChain, deps: ReorgStoryDeps) {
    this.#chain = chain;
    this.#deps = deps;
    this.#chance = deps.chance;
  }

  start(): void {
    const { context, keeper } = this.#deps;
    const { time, armed } = context;
    if (armed.has('deep_reorg') && this.#chance.happens(0.8)) this.#planDeep();
    if (armed.has('finality_violated') && this.#chance.happens(0.7))
      this.#violationAtMs = this.#chance.whole(violationFromMs, calmFromMs - 30_000);
    time.after(anchoredByMs, () => {
      this.#anchorNumber = keeper.floor + 1;
    });
  }

  /** After each block of the chain. */
  afterBlock(): void {
    const { context, keeper } = this.#deps;
    const { time, armed } = context;
    if (time.nowMs >= calmFromMs) return;
    if (this.#deep !== null && keeper.depthMax > this.#deep) return this.#goDeep(this.#deep);
    if (this.#violationAtMs !== null && time.nowMs >= this.#violationAtMs) return this.#violate();
    const fault = armed.get('reorg');
    if (fault === undefined || !this.#chance.happens(0.3 * fault.rate)) return;
    const depth = Number(this.#chance.weighted({ 1: 40, 2: 20, 3: 12, 4: 8, 7: 6 }));
    this.#reorg(Math.min(depth, keeper.depthMax));
  }

  #planDeep(): void {
    const { context, keeper } = this.#deps;
    const { blockTimeMs, config } = this.#chain.plan;
    // Where depth decides what is final, the depth is all there is; else finality can be made to wait.
    const gained = config.finality === 'tag' ? Math.floor((0.8 * calmFromMs) / blockTimeMs) : 0;
    const depths = deepReorgs.filter((one) => one < keeper.depthMax + gained);
    const longest = depths.at(-1);
    if (longest === undefined) return;
    const depth = longest === 157 ? longest : this.#chance.pick(depths);
    this.#deep = depth;
    // Finality waits until it is over: nothing final is taken back. The deepest needs all the time there is.
    const beginMs = depth === 157 ? 0 : this.#chance.whole(0, 90_000);
    context.time.after(beginMs, () => {
      if (this.#deep !== null) this.#endStall ??= keeper.stall();
    });
    context.time.after(calmFromMs, () => this.#endStall?.());
  }

  #goDeep(depth: number): void {
    this.#deep = null;
    this.#reorg(depth);
    this.#deps.context.time.after(this.#chance.whole(5_000, 30_000), () => this.#endStall?.());
  }

  /** Deeper than what is final: a promise of the chain itself is broken. */
  #violate(): void {
    const { keeper, context } = this.#deps;
    this.#violationAtMs = null;
    const { head } = this.#chain.chain;
    const depth = Math.min(keeper.depthMax + this.#chance.whole(1, 5), head.number - this.#anchorNumber);
    if (depth <= keeper.depthMax) return;
    context.reach('finality violated');
    this.#carryOut(depth, depth + this.#chance.whole(1, 2));
  }

  #reorg(depth: number): void {
    if (depth < 1) return;
    const kind = this.#chance.weighted({ longer: 6, equal: 2, shorter: 2 });
    const length = { longer: depth + this.#chance.whole(1, 2), equal: depth, shorter: depth - 1 }[kind];
    const before = this.#chain.chain.head;
    this.#tell(depth, kind);
    this.#carryOut(depth, length);
    const { time } = this.#deps.context;
    const soonMs = this.#chance.between(200, 2 * this.#chain.plan.blockTimeMs);
    const next = this.#chance.weighted({ none: 6, nested: 2, back: 2 });
    if (next === 'nested') time.after(soonMs, () => this.#nest());
    if (next === 'back') time.after(soonMs, () => this.#goBack(before));
  }

  #tell(depth: number, kind: 'longer' | 'equal' | 'shorter'): void {
    const { reach } = this.#deps.context;
    for (const one of [1, 2, 7, 32, 157]) if (depth === one) reach(`reorg of depth ${one}`);
    if (kind === 'equal') reach('reorg at equal height');
    if (kind === 'shorter') reach('reorg to a shorter chain');
  }

  #carryOut(depth: number, length: number): void {
    const { chain } = this.#chain;
    const { context } = this.#deps;
    const ancestor = chain.blocks.at(chain.head.number - depth, chain.head);
    if (ancestor === null) return;
    const reverted = chain.blocks.path(ancestor, chain.head);
    const fates = fatesOf(reverted, { depth, length }, { ...this.#deps, reach: context.reach });
    chain.reorg({ depth, length, fates });
  }

  /** A reorg of what a reorg has just made. */
  #nest(): void {
    const { context, keeper } = this.#deps;
    const depth = Math.min(this.#chance.whole(1, 3), keeper.depthMax);
    if (context.time.nowMs >= calmFromMs || depth < 1) return;
    context.reach('reorg of what a reorg made');
    this.#carryOut(depth, depth + 1);
  }

  /** Back to the branch that was left (A-B-A), which has grown meanwhile or has not. */
  #goBack(before: ScriptedBlock): void {
    const { context, keeper } = this.#deps;
    const { chain } = this.#chain;
    const ancestor = chain.blocks.ancestor(before, chain.head);
    if (context.time.nowMs >= calmFromMs || ancestor.number < keeper.floor || ancestor === before) return;
    const grown = this.#chance.whole(0, 3);
    const tip = grown === 0 ? before : chain.mine({ parent: before.hash, count: grown, becomesHead: false });
    context.reach('A-B-A');
    chain.setHead(tip.hash);
  }
}
