import type { Context } from '../context.ts';
import { calmFromMs } from '../seed-plan.ts';
import type { Machine } from './machine.ts';
import type { SimulatedChain, SimulatedProvider } from './simulated-chain.ts';

/** While somebody honest and current can be reached, what stood at the head is followed by then, milliseconds. */
const followedWithinMs = 60_000;
/** A provider may lead that is so many blocks behind another, or on a fork so much shorter. */
const lagMaxBlocks = 4;
const lookEveryMs = 2_000;

export interface ProgressWatchDeps {
  readonly machine: Machine;
  readonly context: Context;
  /** The provider that has no fault of its own; null: there is none before it is calm. */
  readonly spared: SimulatedProvider | null;
}

/**
 * One honest, current provider that can be reached is enough: whatever the others do, the chain is
 * followed (I19). Looked at is the head that the process counts for its operators.
 */
export class ProgressWatch {
  readonly #chain: SimulatedChain;
  readonly #deps: ProgressWatchDeps;
  /** Where the chain's head stood, and from when on. */
  readonly #heads: { readonly fromMs: number; readonly number: number }[] = [];
  /** Since when one such provider can be reached; null: none can. */
  #reachableSinceMs: number | null = null;
  #isBehind = false;

  constructor(chain: SimulatedChain, deps: ProgressWatchDeps) {
    this.#chain = chain;
    this.#deps = deps;
  }

  start(): void {
    const { time, armed } = this.#deps.context;
    const { chain } = this.#chain;
    // Where final blocks are taken back, one provider's word is not enough.
    if (armed.has('finality_violated')) return;
    const note = (): void => void this.#heads.push({ fromMs: time.nowMs, number: chain.head.number });
    note();
    chain.watch(({ kind }) => {
      if (kind === 'head') note();
    });
    const lookAgain = (): void => {
      this.#look();
      time.after(lookEveryMs, lookAgain);
    };
    lookAgain();
  }

  #look(): void {
    const { machine, context, spared } = this.#deps;
    const { nowMs } = context.time;
    const isReachable = nowMs >= calmFromMs || spared?.down === 0;
    this.#reachableSinceMs = isReachable ? (this.#reachableSinceMs ?? nowMs) : null;
    const reachableSinceMs = this.#reachableSinceMs;
    const { freeSinceMs } = machine;
    if (reachableSinceMs === null || freeSinceMs === null) return;
    if (nowMs - Math.max(reachableSinceMs, freeSinceMs) < followedWithinMs) return;
    const { chain } = this.#chain.plan.config;
    const followed = machine.headFollowed(chain) ?? -1;
    const due = this.#lowestSince(nowMs - followedWithinMs) - lagMaxBlocks;
    const isBehind = followed < due;
    if (isBehind && !this.#isBehind) {
      context.report(`I19 ${chain} is followed up to ${followed}, and for a minute its head was no lower than ${due}`);
    }
    this.#isBehind = isBehind;
  }

  /** The lowest number that its head had from then on. */
  #lowestSince(sinceMs: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { fromMs, number } of this.#heads.toReversed()) {
      lowest = Math.min(lowest, number);
      if (fromMs <= sinceMs) break;
    }
    return lowest;
  }
}
