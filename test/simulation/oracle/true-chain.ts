import type { Finality } from '@txtrail/protocol';
import type { SometimesState } from './sometimes.ts';
import {
  ancestorAt,
  BlockTree,
  isOnPath,
  lowered,
  type Placement,
  type TreeBlock,
  type TrueBlock,
  type TruePoolTransaction,
} from './block-tree.ts';

/** What a chain is like, as it was configured. */
export interface ChainRules {
  /** CAIP-2. */
  readonly chain: string;
  /** The preset's name, where requests may use it. */
  readonly name?: string | undefined;
  /** The required count of a registration that names none. */
  readonly confirmations: number | 'safe' | 'finalized';
  readonly thresholds: readonly number[];
  /** By the chain's own tags, or so many blocks below the head. */
  readonly finality: 'tag' | number;
  /** Its providers may show heads and tags that never were: what was due at a registration is then anybody's guess. */
  readonly mayShowFalse?: boolean | undefined;
  /** Said of a chain without faults, whose every head is followed before the next one comes. */
  readonly exact?: ExactTimes | undefined;
}

/** How long the tracker may take on a chain without faults, milliseconds of simulated time. */
export interface ExactTimes {
  /** From a head, or a registration, until all that follows from it was said (a receipt may take a second). */
  readonly followMs: number;
  /** From a tag's move until it was seen. */
  readonly settleMs: number;
}

/** One move of the canonical chain, or of what it calls settled. */
export type Move = { readonly kind: 'head' | 'safe' | 'finalized'; readonly block: TreeBlock; readonly atMs: number };

/** How deep a block must lie to count as final where a chain never shows a tag (H19). */
const taglessDepth = 64;

/**
 * The whole truth about one chain, fed by the world's script: every block that was ever built, which
 * of them were canonical and final at what time, and what was in a pool. Nothing here is a guess.
 */
export class TrueChain {
  readonly rules: ChainRules;
  readonly tree = new BlockTree();
  readonly moves: Move[] = [];
  readonly #reach: (state: SometimesState) => void;
  readonly #known = new Map<string, TruePoolTransaction>();
  readonly #pools = new Map<string, { inAtMs: number; outAtMs: number | null }>();
  #head: TreeBlock | null = null;
  #finalTip: TreeBlock | null = null;
  #safeTip: TreeBlock | null = null;
  #tagSaid = false;
  #finalityBroken = false;

  constructor(rules: ChainRules, reach: (state: SometimesState) => void) {
    this.rules = rules;
    this.#reach = reach;
  }

  /** The canonical head; null before the first. */
  get headBlock(): TreeBlock | null {
    return this.#head;
  }

  /** A block that was final has left the canonical chain. */
  get finalityBroken(): boolean {
    return this.#finalityBroken;
  }

  /** A block was built, on any branch; `head` says which are canonical. */
  block(block: TrueBlock, atMs: number): void {
    const added = this.tree.add(block, atMs);
    for (const transaction of added.transactions) this.#learn(transaction);
  }

  /** The canonical chain ends in this block from now on. */
  head(hash: string, atMs: number): void {
    const block = this.#require(hash);
    const before = this.#head;
    if (before === block) return;
    this.moves.push({ kind: 'head', block, atMs });
    this.#head = block;
    const ancestor = before === null ? null : commonAncestor(before, block);
    if (before !== null && ancestor !== before) this.#leave(before, ancestor, block, atMs);
    for (let one: TreeBlock | null = block; one !== null && one !== ancestor; one = one.parent) {
      if (before !== null && ancestor !== before && one.canonicalAtMs !== null)
        this.#reach('reorg back to the first branch');
      one.canonicalAtMs ??= atMs;
    }
    this.#settleByDepth(block, atMs);
  }

  /** The chain calls this block, and all below it, safe. */
  safe(hash: string | null, atMs: number): void {
    if (hash === null) return;
    this.#tagSaid = true;
    const block = this.#require(hash);
    this.moves.push({ kind: 'safe', block, atMs });
    this.#safeTip = this.#further(this.#safeTip, block);
    markDown(block, 'safeAtMs', atMs);
  }

  /** The chain calls this block, and all below it, final. */
  finalized(hash: string | null, atMs: number): void {
    if (hash === null) return;
    this.#tagSaid = true;
    this.#settle(this.#require(hash), atMs);
  }

  /** A sender made this transaction, whoever has been shown it yet. */
  made(transaction: TruePoolTransaction): void {
    this.#learn(transaction);
  }

  /** The transaction came into a pool, or was handed to a node that took it. */
  pool(transaction: TruePoolTransaction, atMs: number): void {
    this.#learn(transaction);
    const hash = transaction.hash.toLowerCase();
    const before = this.#pools.get(hash);
    if (before === undefined) this.#pools.set(hash, { inAtMs: atMs, outAtMs: null });
    else before.outAtMs = null;
  }

  /** The last pool that held it let it go. */
  evicted(hash: string, atMs: number): void {
    const pooled = this.#pools.get(hash.toLowerCase());
    if (pooled !== undefined) pooled.outAtMs = atMs;
  }

  /** What the transaction asks for; null while nobody was ever shown it. */
  details(hash: string): TruePoolTransaction | null {
    return this.#known.get(hash) ?? null;
  }

  /** Since when it lies in no pool; `false` while it lies in one, null: it never did. */
  outOfPoolSinceMs(hash: string): number | false | null {
    const pooled = this.#pools.get(hash);
    return pooled === undefined ? null : (pooled.outAtMs ?? false);
  }

  /** Where the canonical chain holds the transaction; null: nowhere. */
  placementOf(hash: string): Placement | null {
    return this.#canonicalOf(this.tree.placementsOf(hash));
  }

  /** Where the canonical chain holds another one that used the nonce of `hash`. */
  rivalOf(hash: string, from: string, nonce: number): Placement | null {
    return this.#canonicalOf(this.tree.usesOf(from, nonce).filter(({ transaction }) => transaction.hash !== hash));
  }

  isCanonical(block: TreeBlock): boolean {
    return this.#head !== null && isOnPath(block, this.#head);
  }

  /**
   * Since when the chain calls the block final; null: it does not. Where a depth decides, it may have
   * been reached on any branch: a tracker counts on the one that it is shown.
   */
  finalSinceMs(block: TreeBlock): number | null {
    const depth = this.#finalDepth;
    return block.finalAtMs ?? (depth === null ? null : (this.tree.confirmedBy(block, depth + 1)?.builtAtMs ?? null));
  }

  /** Since when the chain calls the block safe, which what is final is too. */
  safeSinceMs(block: TreeBlock): number | null {
    return block.safeAtMs ?? this.finalSinceMs(block);
  }

  /** How many blocks below the head are final; null: the chain's own word decides. */
  get #finalDepth(): number | null {
    const { finality } = this.rules;
    if (finality !== 'tag') return finality;
    return this.#tagSaid ? null : taglessDepth;
  }

  /** What the chain now calls the block: its word of before does not bind where it was broken. */
  finalityOf(block: TreeBlock): Finality {
    if (this.#finalTip !== null && isOnPath(block, this.#finalTip)) return 'finalized';
    return this.#safeTip !== null && isOnPath(block, this.#safeTip) ? 'safe' : 'none';
  }

  /** A tag that goes back takes nothing back (H17), unless the block it named is not canonical any more. */
  #further(tip: TreeBlock | null, block: TreeBlock): TreeBlock {
    return tip === null || tip.number < block.number || !this.isCanonical(tip) ? block : tip;
  }

  #canonicalOf(placements: readonly Placement[]): Placement | null {
    return placements.find(({ block }) => this.isCanonical(block)) ?? null;
  }

  #learn(transaction: TruePoolTransaction): void {
    const hash = transaction.hash.toLowerCase();
    if (!this.#known.has(hash)) this.#known.set(hash, { ...transaction, ...lowered(transaction) });
  }

  #leave(before: TreeBlock, ancestor: TreeBlock | null, head: TreeBlock, atMs: number): void {
    let depth = 0;
    for (let one: TreeBlock | null = before; one !== null && one !== ancestor; one = one.parent) {
      depth += 1;
      one.leftAtMs = atMs;
      if (this.finalSinceMs(one) !== null) this.#finalityBroken = true;
    }
    // A head that only goes back takes nothing away: what comes next decides.
    if (ancestor === head) return this.#reach('head went back');
    this.#reach('reorg');
    if (depth >= 7) this.#reach('reorg of 7 blocks or more');
    if (depth >= 32) this.#reach('reorg of 32 blocks or more');
    if (head.number === before.number) this.#reach('reorg at equal height');
    if (head.number < before.number) this.#reach('reorg to a shorter chain');
    if (head.builtAtMs < (before.canonicalAtMs ?? atMs)) this.#reach('reorg to a block that was there already');
    if (this.#finalityBroken) this.#reach('finality broken');
  }

  #settleByDepth(head: TreeBlock, atMs: number): void {
    const depth = this.#finalDepth;
    if (depth === null) return;
    const block = ancestorAt(head, head.number - depth);
    if (block !== null) this.#settle(block, atMs);
  }

  #settle(block: TreeBlock, atMs: number): void {
    this.moves.push({ kind: 'finalized', block, atMs });
    this.#finalTip = this.#further(this.#finalTip, block);
    markDown(block, 'finalAtMs', atMs);
    markDown(block, 'safeAtMs', atMs);
  }

  #require(hash: string): TreeBlock {
    const block = this.tree.get(hash.toLowerCase());
    if (block === null) throw new Error(`${this.rules.chain}: the script never built the block ${hash}`);
    return block;
  }
}

/** Marks a block and all below it that are not marked yet. */
function markDown(block: TreeBlock, mark: 'safeAtMs' | 'finalAtMs', atMs: number): void {
  for (let one: TreeBlock | null = block; one !== null && one[mark] === null; one = one.parent) one[mark] = atMs;
}

function commonAncestor(left: TreeBlock, right: TreeBlock): TreeBlock | null {
  let one: TreeBlock | null = left;
  let other: TreeBlock | null = right;
  while (one !== other && one !== null && other !== null) {
    if (one.number >= other.number) one = one.parent;
    else other = other.parent;
  }
  return one === other ? one : null;
}
