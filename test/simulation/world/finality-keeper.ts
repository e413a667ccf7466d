import type { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import type { ChainPlan } from '../seed-plan.ts';

/**
 * Moves the safe and final block along behind the head, as a chain's consensus does: forward only,
 * and not while it is stalled. Where the tracker counts finality by depth, it does so of any head
 * that a provider may show it.
 */
export class FinalityKeeper {
  readonly #chain: ScriptedChain;
  readonly #plan: ChainPlan;
  #stalls = 0;
  #highest: number;

  constructor(chain: ScriptedChain, plan: ChainPlan) {
    this.#chain = chain;
    this.#plan = plan;
    this.#highest = chain.head.number;
  }

  get isStalled(): boolean {
    return this.#stalls > 0;
  }

  /** No block below this number may leave the chain, or what is final was broken. */
  get floor(): number {
    const { finality } = this.#plan.config;
    if (finality === 'tag') return this.#chain.finalized?.number ?? 0;
    return Math.max(0, this.#highest - finality);
  }

  /** So deep a reorg may be without breaking what is final. */
  get depthMax(): number {
    return this.#chain.head.number - this.floor;
  }

  start(): void {
    this.#settle();
    this.#chain.watch(({ kind }) => {
      if (kind === 'head') this.#settle();
    });
  }

  /** A branch that some provider shows has grown up to that number. */
  noteShown(number: number): void {
    this.#highest = Math.max(this.#highest, number);
  }

  /** Nothing becomes safe or final until the returned way to end it is taken. */
  stall(): () => void {
    this.#stalls += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#stalls -= 1;
      this.#settle();
    };
  }

  #settle(): void {
    this.noteShown(this.#chain.head.number);
    if (this.isStalled) return;
    const { safeDepth, finalizedDepth } = this.#plan;
    const safe = this.#due(this.#chain.safe, safeDepth);
    if (safe !== null) this.#chain.setSafe(safe);
    const finalized = this.#due(this.#chain.finalized, finalizedDepth);
    if (finalized !== null) this.#chain.setFinalized(finalized);
  }

  /** The block to name next; null: the one that is named stays. */
  #due(current: { readonly hash: string; readonly number: number } | null, depth: number): string | null {
    const { blocks, head } = this.#chain;
    const due = blocks.at(Math.max(0, head.number - depth), head);
    if (due === null || due.hash === current?.hash) return null;
    const stands = current !== null && blocks.at(current.number, head)?.hash === current.hash;
    return stands && due.number <= current.number ? null : due.hash;
  }
}
