import { isOnPath, type Placement, type TreeBlock } from './block-tree.ts';
import type { TrueChain } from './true-chain.ts';

/** The chain after one of its moves, as somebody stands who follows every head. */
export interface Standing {
  readonly atMs: number;
  readonly head: TreeBlock;
  /** Heights up to which it is settled; −1: not yet. A reorg takes them back to where the branches part. */
  readonly safe: number;
  readonly finalized: number;
}

/** A block on the canonical path: from the standing `from` on, up to but without `to`. */
export interface Stay {
  readonly placement: Placement;
  readonly from: number;
  /** null: it is there to the end. */
  readonly to: number | null;
  /** How many blocks left with it. */
  readonly depth: number;
}

/** A head that the chain had for a while; it may be one that it only went back to. */
interface ShownHead {
  readonly head: TreeBlock;
  readonly atMs: number;
  /** The standing in which it was the head. */
  readonly standing: number;
}

/** Every standing of a chain in order, and when which block was on its path. */
export class FollowedChain {
  readonly standings: Standing[] = [];
  readonly #shown: ShownHead[] = [];
  /** By the number of moves that were told, the last standing after them. */
  readonly #afterMoves: number[] = [-1];
  /** The standings that a reorg led to. */
  readonly #reorgs: number[] = [];
  readonly #stays = new Map<TreeBlock, { from: number; to: number | null; depth: number }[]>();

  constructor(chain: TrueChain) {
    for (const { kind, block, atMs } of chain.moves) {
      if (kind === 'head') this.#moveTo(block, atMs);
      else this.#settle(kind, block, atMs);
      this.#afterMoves.push(this.standings.length - 1);
    }
  }

  /** The standing that so many moves lead to; −1: none yet. */
  afterMoves(count: number): number {
    return this.#afterMoves[count] ?? -1;
  }

  /** A reorg led to the standing, and another one came so shortly before or after that one may have been passed over. */
  isBlurred(index: number, withinMs: number): boolean {
    const at = this.#reorgs.indexOf(index);
    if (at === -1) return false;
    const { atMs } = this.standings[index] as Standing;
    return [at - 1, at + 1].some((other) => {
      const neighbour = this.standings[this.#reorgs[other] ?? -1];
      return neighbour !== undefined && Math.abs(neighbour.atMs - atMs) <= withinMs;
    });
  }

  /** How many blocks left, for somebody who stood up to so long behind: the fewest and the most. */
  depths({ placement, from, to, depth }: Stay, withinMs: number): readonly [number, number] {
    const left = this.standings[to ?? -1];
    const before = this.standings[(to ?? 0) - 1];
    if (left === undefined || before === undefined) return [depth, depth];
    const ancestor = before.head.number - depth;
    let least = depth;
    for (const { head, atMs, standing } of this.#shown.toReversed()) {
      if (standing < from) break;
      if (standing >= (to ?? 0)) continue;
      if (isOnPath(placement.block, head)) least = Math.min(least, Math.max(1, head.number - ancestor));
      if (atMs + withinMs < left.atMs) break;
    }
    return [least, depth];
  }

  /**
   * From when on the chain's heads stood on the block of a stay and held something, for longer than
   * so much of the time from `sinceMs` on; null: never for so long. A head that went back shows
   * the blocks above it no more, though whoever followed them does not take them back for that.
   */
  lasting(
    { placement, from, to }: Stay,
    { sinceMs, withinMs }: { readonly sinceMs: number; readonly withinMs: number },
    holds: (head: TreeBlock) => boolean,
  ): number | null {
    let fromMs: number | null = null;
    for (const [index, { head, atMs, standing }] of this.#shown.entries()) {
      if (standing < from || standing >= (to ?? Number.POSITIVE_INFINITY)) continue;
      if (!isOnPath(placement.block, head) || !holds(head)) {
        fromMs = null;
        continue;
      }
      fromMs ??= atMs;
      const untilMs = this.#shown[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      if (untilMs - Math.max(fromMs, sinceMs) > withinMs) return fromMs;
    }
    return null;
  }

  /** The heads that were shown at some time from one moment to another, and had the block of the stay on their path. */
  shownIn({ placement, from, to }: Stay, fromMs: number, toMs: number): readonly TreeBlock[] {
    const heads: TreeBlock[] = [];
    for (const [index, { head, atMs, standing }] of this.#shown.entries()) {
      if (atMs > toMs || standing >= (to ?? Number.POSITIVE_INFINITY)) break;
      const untilMs = this.#shown[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      if (standing >= from && untilMs >= fromMs && isOnPath(placement.block, head)) heads.push(head);
    }
    return heads;
  }

  /** The stays of these placements, in order of time. */
  staysOf(placements: readonly Placement[]): readonly Stay[] {
    const stays = placements.flatMap((placement) =>
      (this.#stays.get(placement.block) ?? []).map((stay) => ({ placement, ...stay })),
    );
    return stays.sort((left, right) => left.from - right.from);
  }

  /** The first standing at or after `from` in which the rule holds; null: none. */
  first(from: number, to: number | null, holds: (standing: Standing) => boolean): number | null {
    const end = to ?? this.standings.length;
    for (let index = from; index < end; index += 1) {
      if (holds(this.standings[index] as Standing)) return index;
    }
    return null;
  }

  #moveTo(block: TreeBlock, atMs: number): void {
    const before = this.standings.at(-1);
    // A head that only goes back is lag of whoever shows it.
    const isBack = before !== undefined && isOnPath(block, before.head);
    const index = this.standings.length;
    this.#shown.push({ head: block, atMs, standing: isBack ? index - 1 : index });
    if (isBack) return;
    const applied: TreeBlock[] = [];
    let ancestor: TreeBlock | null = block;
    while (ancestor !== null && (before === undefined || !isOnPath(ancestor, before.head))) {
      applied.push(ancestor);
      ancestor = ancestor.parent;
    }
    const keep = ancestor?.number ?? -1;
    const depth = before === undefined ? 0 : before.head.number - keep;
    if (depth > 0) this.#reorgs.push(index);
    for (let one = before?.head ?? null; one !== null && one !== ancestor; one = one.parent) {
      const stay = this.#stays.get(one)?.at(-1);
      if (stay !== undefined) Object.assign(stay, { to: index, depth });
    }
    for (const one of applied) {
      const stays = this.#stays.get(one) ?? [];
      stays.push({ from: index, to: null, depth: 0 });
      this.#stays.set(one, stays);
    }
    const safe = Math.min(before?.safe ?? -1, keep);
    const finalized = Math.min(before?.finalized ?? -1, keep);
    this.standings.push({ atMs, head: block, safe, finalized });
  }

  #settle(kind: 'safe' | 'finalized', block: TreeBlock, atMs: number): void {
    const before = this.standings.at(-1);
    if (before === undefined || !isOnPath(block, before.head)) return;
    const safe = Math.max(before.safe, block.number);
    const finalized = kind === 'finalized' ? Math.max(before.finalized, block.number) : before.finalized;
    if (safe !== before.safe || finalized !== before.finalized)
      this.standings.push({ ...before, atMs, safe, finalized });
  }
}
