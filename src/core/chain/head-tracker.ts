import { assert } from '../../lib/assert.ts';
import type { ChainRecord } from '../records/chain-record.ts';
import type { Block, BlockHeader, BlockRef, ChainId, Hash } from './block.ts';
import { windowSurplus } from './window.ts';

/**
 * The canonical path as the watcher follows it: linked headers, oldest first, never empty, and how
 * far the chain has settled. Immutable; the functions below decide what a provider's block means
 * for it and which records tell the step. Heads come as hints in any order and from anybody, so
 * nothing moves here but by parent hash.
 */
export interface TrackedChain {
  readonly chain: ChainId;
  readonly blocks: readonly BlockHeader[];
  readonly safe: BlockRef | null;
  readonly finalized: BlockRef | null;
}

/** What a block that a provider shows means for the path. */
export type Judgement =
  /** It is on the path already. */
  | { readonly kind: 'known' }
  /** Its parent is the head. */
  | { readonly kind: 'extends' }
  /** It lies further ahead: the blocks from `needNumber` on are missing (H02, H03). */
  | { readonly kind: 'gap'; readonly needNumber: number }
  /** It is not on the path; `ancestor` is where it leaves it, or null while that must still be found by `needHash`. */
  | {
      readonly kind: 'fork';
      readonly ancestor: BlockHeader | null;
      readonly needHash: Hash;
      readonly needNumber: number;
    }
  /** It, or the place where it leaves the path, lies below the window: nobody can say what it means. */
  | { readonly kind: 'below_window' };

export function trackFrom(chain: ChainId, anchor: BlockHeader): TrackedChain {
  return { chain, blocks: [headerOf(anchor)], safe: null, finalized: null };
}

export function resumeTracking(
  chain: ChainId,
  blocks: readonly BlockHeader[],
  safe: BlockRef | null,
  finalized: BlockRef | null,
): TrackedChain {
  assert(blocks.length > 0, `${chain} is resumed without a block`);
  for (const [index, block] of blocks.entries()) {
    if (index > 0) assertFollows(chain, blocks[index - 1] as BlockHeader, block);
  }
  return { chain, blocks: blocks.map(headerOf), safe, finalized };
}

export function headOf(tracked: TrackedChain): BlockHeader {
  return tracked.blocks[tracked.blocks.length - 1] as BlockHeader;
}

export function baseOf(tracked: TrackedChain): BlockHeader {
  return tracked.blocks[0] as BlockHeader;
}

/** The block of this number on the path; null above the head and below the window. */
export function canonicalAt(tracked: TrackedChain, number: number): BlockHeader | null {
  return tracked.blocks[number - baseOf(tracked).number] ?? null;
}

export function isOnPath(tracked: TrackedChain, block: BlockRef): boolean {
  return canonicalAt(tracked, block.number)?.hash === block.hash;
}

/**
 * `tip` is the block that a provider shows; `root` the oldest of its ancestors fetched so far (the
 * tip itself at first). Numbers only choose which block to ask for; hashes decide.
 */
export function judge(tracked: TrackedChain, tip: BlockHeader, root: BlockHeader = tip): Judgement {
  const head = headOf(tracked);
  const base = baseOf(tracked);
  if (isOnPath(tracked, tip)) return { kind: 'known' };
  if (root.number <= base.number) return { kind: 'below_window' };
  if (root.parentHash === head.hash && root.number === head.number + 1) return { kind: 'extends' };
  if (root.number > head.number + 1) return { kind: 'gap', needNumber: head.number + 1 };
  const parent = canonicalAt(tracked, root.number - 1);
  const ancestor = parent?.hash === root.parentHash ? parent : null;
  if (ancestor === null && root.number - 1 <= base.number) return { kind: 'below_window' };
  return { kind: 'fork', ancestor, needHash: root.parentHash, needNumber: root.number - 1 };
}

/** True when going back to `ancestor` would take back a block that was final. */
export function isBeyondFinality(tracked: TrackedChain, ancestor: BlockRef): boolean {
  return tracked.finalized !== null && ancestor.number < tracked.finalized.number;
}

export interface Adoption {
  readonly tracked: TrackedChain;
  readonly records: readonly ChainRecord[];
  /** Blocks that left the path. */
  readonly depth: number;
}

export interface AdoptionSource {
  readonly provider: string;
  /** Wall time at which each block was first seen, Unix milliseconds. */
  readonly seenMs: number;
  /** The highest head announced so far. */
  readonly target: number;
  /** Two providers have confirmed a branch that leaves the path below the finalized block (H12). */
  readonly confirmedBeyondFinality: boolean;
}

/** Moves the path to `branch`: linked blocks, oldest first, whose first one's parent is on the path. */
export function adopt(tracked: TrackedChain, branch: readonly Block[], source: AdoptionSource): Adoption {
  const { chain } = tracked;
  const root = branch[0];
  assert(root !== undefined, `${chain} adopts an empty branch`);
  const ancestor = canonicalAt(tracked, root.number - 1);
  assert(ancestor?.hash === root.parentHash, `${chain} adopts a branch that does not start on its path`);
  const keep = ancestor.number - baseOf(tracked).number + 1;
  const gone = tracked.blocks.slice(keep).reverse().map(refOf);
  const beyondFinality = isBeyondFinality(tracked, ancestor);
  assert(!beyondFinality || source.confirmedBeyondFinality, `${chain} takes back a final block on one word`);

  const records: ChainRecord[] = [];
  if (gone.length > 0) {
    const { provider } = source;
    records.push({ kind: 'reverted', chain, blocks: gone, ancestor: refOf(ancestor), beyondFinality, provider });
  }
  let blocks = tracked.blocks.slice(0, keep);
  for (const block of branch) {
    assertFollows(chain, blocks[blocks.length - 1] as BlockHeader, block);
    const target = Math.max(source.target, block.number);
    records.push({ kind: 'applied', chain, block, target, provider: source.provider, seenMs: source.seenMs });
    blocks.push(headerOf(block));
    const surplus = windowSurplus(blocks.length, (index) => blocks[index], lower(tracked.finalized, ancestor));
    if (surplus > 0) blocks = blocks.slice(surplus);
  }
  const safe = lower(tracked.safe, ancestor);
  const finalized = lower(tracked.finalized, ancestor);
  return { tracked: { chain, blocks, safe, finalized }, records, depth: gone.length };
}

export interface Settlement {
  readonly tracked: TrackedChain;
  readonly record: ChainRecord | null;
  /** A claim that contradicts our path: its provider lies, lags on a fork, or the chain broke its word (H17). */
  readonly conflict: BlockRef | null;
}

/**
 * Takes a provider's word on safe and finalized. Both only move forward, and only to a block of our
 * path; one that we have not reached yet waits for its next telling.
 */
export function settle(
  tracked: TrackedChain,
  claim: { readonly safe: BlockRef | null; readonly finalized: BlockRef | null },
  source: 'tag' | 'depth',
  provider: string,
): Settlement {
  const finalized = stepForward(tracked, tracked.finalized, claim.finalized);
  const safe = stepForward(tracked, tracked.safe, claim.safe);
  const conflict = finalized.conflict ?? safe.conflict;
  if (finalized.moved === null && safe.moved === null) return { tracked, record: null, conflict };
  const { chain } = tracked;
  const record: ChainRecord = {
    kind: 'settled',
    chain,
    safe: safe.moved,
    finalized: finalized.moved,
    source,
    provider,
  };
  const next = { ...tracked, safe: safe.moved ?? tracked.safe, finalized: finalized.moved ?? tracked.finalized };
  return { tracked: next, record, conflict };
}

/** The block that lies `depth` below the head, where finality is counted; null while the window does not reach it. */
export function blockAtDepth(tracked: TrackedChain, depth: number): BlockRef | null {
  const block = canonicalAt(tracked, headOf(tracked).number - depth);
  return block === null ? null : refOf(block);
}

export function headerOf(block: BlockHeader): BlockHeader {
  return { number: block.number, hash: block.hash, parentHash: block.parentHash, timestampMs: block.timestampMs };
}

export function refOf(block: BlockRef): BlockRef {
  return { number: block.number, hash: block.hash };
}

interface Step {
  readonly moved: BlockRef | null;
  readonly conflict: BlockRef | null;
}

function stepForward(tracked: TrackedChain, current: BlockRef | null, claim: BlockRef | null): Step {
  if (claim === null || claim.number > headOf(tracked).number) return { moved: null, conflict: null };
  const belowWindow = claim.number < baseOf(tracked).number;
  if (!belowWindow && !isOnPath(tracked, claim)) return { moved: null, conflict: refOf(claim) };
  // Below the window nothing can be reverted any more, so a first word about it does no harm.
  if (claim.number <= (current?.number ?? -1)) return { moved: null, conflict: null };
  return { moved: refOf(claim), conflict: null };
}

function lower(settled: BlockRef | null, ancestor: BlockHeader): BlockRef | null {
  return settled !== null && settled.number > ancestor.number ? refOf(ancestor) : settled;
}

function assertFollows(chain: ChainId, parent: BlockHeader, block: BlockHeader): void {
  assert(
    block.number === parent.number + 1 && block.parentHash === parent.hash,
    `${chain} block ${block.number} ${block.hash} does not follow ${parent.number} ${parent.hash}`,
  );
}
