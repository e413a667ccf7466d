import type { Block, BlockHeader } from '../core/chain/block.ts';
import { canonicalAt, headOf, isOnPath, judge, type TrackedChain } from '../core/chain/head-tracker.ts';
import { windowMaxBlocks } from '../core/chain/window.ts';
import { TxTrailError } from '../lib/error.ts';
import type { BlockSource } from './block-source.ts';
import type { HeadSearch } from './head-search.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { WatchedProvider } from './watched-provider.ts';

/** Blocks fetched side by side while a gap is filled; they are written together. */
export const prefetchBlocks = 8;

/** What must be done to stand where a provider stands. */
export type Finding =
  /** Nothing: its head is on our path (at the head, or below it, which is lag), or the search was given up. */
  | { readonly kind: 'nothing' }
  /** Linked blocks, oldest first, to be adopted; more may follow. */
  | { readonly kind: 'branch'; readonly blocks: readonly Block[]; readonly confirmedBeyondFinality: boolean }
  /** Its path takes back what is final, and nobody else says so. */
  | { readonly kind: 'conflict'; readonly reason: string };

const nothing: Finding = { kind: 'nothing' };

export interface BranchFinderDeps {
  readonly pool: ProviderPool;
  readonly blocks: BlockSource;
}

/** Finds the blocks that lead from our path to a provider's head: forward by number, backward by parent hash. */
export class BranchFinder {
  readonly #deps: BranchFinderDeps;

  constructor(deps: BranchFinderDeps) {
    this.#deps = deps;
  }

  async find(tracked: TrackedChain, search: HeadSearch): Promise<Finding> {
    const judgement = judge(tracked, search.head);
    switch (judgement.kind) {
      case 'known':
      case 'below_window':
        return nothing;
      case 'extends':
        return this.#next(tracked, search);
      case 'gap':
        return this.#fill(tracked, search, judgement.needNumber);
      case 'fork':
        return this.#forkAt(tracked, search);
    }
  }

  /** An announced child of our head; where the block itself turns out to be another, what that one means. */
  async #next(tracked: TrackedChain, search: HeadSearch): Promise<Finding> {
    const block = await this.#deps.blocks.announced(search);
    if (block === null) return nothing;
    return block.parentHash === headOf(tracked).hash ? branch([block]) : this.#walk(tracked, search, block);
  }

  /** The next blocks by number, as far as they link; where they do not link at all, we stand on a fork. */
  async #fill(tracked: TrackedChain, search: HeadSearch, from: number): Promise<Finding> {
    const count = Math.min(prefetchBlocks, search.head.number - from + 1);
    const numbers = Array.from({ length: count }, (_, index) => from + index);
    const fetched = await Promise.all(numbers.map((number) => this.#deps.blocks.byNumber(number, search)));
    const linked: Block[] = [];
    let last: BlockHeader = headOf(tracked);
    for (const block of fetched) {
      if (block?.parentHash !== last.hash) break;
      linked.push(block);
      last = block;
    }
    if (linked.length > 0) return branch(linked);
    const first = fetched[0] ?? null;
    return first === null ? nothing : this.#walk(tracked, search, first);
  }

  /**
   * A head that is not on our path. Before anything is taken back the leader is asked again by
   * number: behind one address may stand nodes of different opinions (H06, H07, H08).
   */
  async #forkAt(tracked: TrackedChain, search: HeadSearch): Promise<Finding> {
    const block = await search.from.ask((provider) => provider.blockByNumber(search.head.number));
    if (block === null || isOnPath(tracked, block)) return nothing;
    return this.#walk(tracked, search, block);
  }

  async #walk(tracked: TrackedChain, search: HeadSearch, tip: Block): Promise<Finding> {
    const leader = search.from;
    const found: Block[] = [tip];
    let confirmed = false;
    let root = tip;
    while (found.length <= windowMaxBlocks) {
      if (!confirmed && contradictsFinal(tracked, root)) {
        confirmed = await isShownByAnother(this.#deps.pool, leader, root);
        if (!confirmed) return conflictAt(tracked, root);
      }
      const judgement = judge(tracked, tip, root);
      if (judgement.kind === 'known') return nothing;
      if (judgement.kind === 'extends') return branch(found.reverse());
      if (judgement.kind !== 'fork') return unlinked(leader, root);
      if (judgement.ancestor !== null) {
        await this.#checkTwice(leader, tip);
        return branch(found.reverse(), confirmed);
      }
      const parent = await this.#deps.blocks.byHash(judgement.needHash, search);
      if (parent === null) return nothing;
      if (parent.number !== judgement.needNumber) throw brokenLink(leader, parent, judgement.needNumber);
      found.push(parent);
      root = parent;
    }
    return unlinked(leader, root);
  }

  /** @throws TxTrailError `provider_bad_answer` when its two answers about one number differ */
  async #checkTwice(leader: WatchedProvider, tip: BlockHeader): Promise<void> {
    const again = await leader.ask((provider) => provider.blockByNumber(tip.number));
    if (again?.hash === tip.hash) return;
    throw new TxTrailError('provider_bad_answer', `${leader.name} shows two different blocks ${tip.number}`, {
      retryable: true,
      facts: { provider: leader.name },
    });
  }
}

/** A second provider has the very same block at that height on its path (H12, F05). */
export async function isShownByAnother(
  pool: Pick<ProviderPool, 'members'>,
  announcer: WatchedProvider,
  block: BlockHeader,
): Promise<boolean> {
  const others = pool.members.filter((member) => member !== announcer && member.servesChain);
  const answers = await Promise.allSettled(
    others.map((member) => member.ask((provider) => provider.blockByNumber(block.number))),
  );
  return answers.some((answer) => answer.status === 'fulfilled' && answer.value?.hash === block.hash);
}

/** `block` stands at or below the finalized height and is not what we hold there. */
function contradictsFinal(tracked: TrackedChain, block: BlockHeader): boolean {
  if (tracked.finalized === null || block.number > tracked.finalized.number) return false;
  return canonicalAt(tracked, block.number)?.hash !== block.hash;
}

function branch(blocks: readonly Block[], confirmedBeyondFinality = false): Finding {
  return { kind: 'branch', blocks, confirmedBeyondFinality };
}

function conflictAt(tracked: TrackedChain, block: BlockHeader): Finding {
  const held = canonicalAt(tracked, block.number)?.hash ?? 'nothing';
  return {
    kind: 'conflict',
    reason: `it shows ${block.hash} as block ${block.number} where ${held} is final, and no other provider does`,
  };
}

function unlinked(leader: WatchedProvider, root: BlockHeader): Finding {
  return {
    kind: 'conflict',
    reason: `the chain of ${leader.name} leaves ours below block ${root.number}, the oldest that is kept`,
  };
}

function brokenLink(leader: WatchedProvider, parent: BlockHeader, wanted: number): TxTrailError {
  return new TxTrailError(
    'provider_bad_answer',
    `block ${parent.hash} has number ${parent.number}, its child says ${wanted}`,
    {
      retryable: true,
      facts: { provider: leader.name },
    },
  );
}
