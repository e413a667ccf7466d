import { blockAtDepth, headOf, settle, type Settlement, type TrackedChain } from '../core/chain/head-tracker.ts';
import type { BlockRef } from '../core/chain/block.ts';
import type { Logger } from '../ports/logger.ts';

/** A chain whose providers show no tag for so many answers in a row has none (H19). */
export const taglessAnswersMax = 20;
/** How deep a block must lie to be final on a chain that has no tags and whose configuration gives no depth. */
export const fallbackFinalityDepth = 64;

/** While so many blocks wait for a second provider's word, that is said in the log. */
export const waitLoggedFromBlocks = 16;

export interface SettledClaim {
  readonly provider: string;
  readonly safe: BlockRef | null;
  readonly finalized: BlockRef | null;
}

export interface FinalityRuleOptions {
  /** The chain's own tag, or a depth in blocks below the head. */
  readonly finality: 'tag' | number;
  /** A tag was seen before this run: it is never given up for a depth. */
  readonly tagSeen: boolean;
}

/**
 * By what a block becomes final: the chain's tags, or a depth where the configuration says so. A
 * chain that never shows a tag is counted by depth, which is said in the log; the first tag ends
 * that for good, and a tag that stands still is a finality stall, not a missing tag (H16).
 */
export class FinalityRule {
  readonly #options: FinalityRuleOptions;
  readonly #logger: Logger;
  #tagSeen: boolean;
  #taglessAnswers = 0;
  #loggedConflict: string | null = null;
  #waits = false;
  #waitLogged = false;

  constructor(options: FinalityRuleOptions, deps: { readonly logger: Logger }) {
    this.#options = options;
    this.#logger = deps.logger;
    this.#tagSeen = options.tagSeen;
  }

  /** null: tags decide. */
  get depth(): number | null {
    if (this.#options.finality !== 'tag') return this.#options.finality;
    return !this.#tagSeen && this.#taglessAnswers >= taglessAnswersMax ? fallbackFinalityDepth : null;
  }

  get wantsTags(): boolean {
    return this.#options.finality === 'tag';
  }

  /** A block is due by depth, and a second provider's word is missing. */
  get waits(): boolean {
    return this.#waits;
  }

  /** What a provider's tags say; a conflict with the path is logged once. */
  byTag(tracked: TrackedChain, claim: SettledClaim): Settlement {
    this.#countTags(claim);
    const settlement = settle(tracked, claim, 'tag', claim.provider);
    const conflict = settlement.conflict?.hash ?? null;
    if (conflict !== null && conflict !== this.#loggedConflict) {
      this.#logger.warn('a settled block is not on the followed path', { provider: claim.provider, block: conflict });
    }
    this.#loggedConflict = conflict;
    return settlement;
  }

  /**
   * What the head's depth says; nothing while tags decide. A depth is no word of the chain, and one
   * provider alone may stand on a fork: what no second one shows waits (H17).
   *
   * @param upTo given the number of the block that is due, the number up to which others show our path
   */
  byDepth(tracked: TrackedChain, provider: string, upTo: (due: number) => number): Settlement {
    if (this.depth === null) return { tracked, record: null, conflict: null };
    const due = headOf(tracked).number - this.depth;
    const shown = Math.min(due, upTo(due));
    this.#noteWait(due - Math.max(shown, tracked.finalized?.number ?? -1), provider);
    const finalized = blockAtDepth(tracked, headOf(tracked).number - shown);
    return settle(tracked, { safe: null, finalized }, 'depth', provider);
  }

  /** @param blocks how many are due and wait */
  #noteWait(blocks: number, provider: string): void {
    this.#waits = blocks > 0;
    if (!this.#waits) this.#waitLogged = false;
    if (blocks < waitLoggedFromBlocks || this.#waitLogged) return;
    this.#waitLogged = true;
    this.#logger.info('finality waits until a second provider shows the path that is followed', { provider, blocks });
  }

  #countTags(claim: SettledClaim): void {
    if (claim.finalized !== null || claim.safe !== null) {
      if (this.#taglessAnswers >= taglessAnswersMax) this.#logger.info('the chain shows tags: they decide from now on');
      this.#tagSeen = true;
      this.#taglessAnswers = 0;
      return;
    }
    if (this.#tagSeen) return;
    this.#taglessAnswers += 1;
    if (this.#taglessAnswers !== taglessAnswersMax) return;
    this.#logger.warn('the chain has no finality tags: finality is counted by depth', { depth: fallbackFinalityDepth });
  }
}
