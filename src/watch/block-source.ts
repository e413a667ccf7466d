import type { Block, Hash } from '../core/chain/block.ts';
import { TxTrailError } from '../lib/error.ts';
import { doublingDelayMs } from '../lib/retry-delay.ts';
import type { Scheduler } from '../ports/clock.ts';
import { firstAnswer } from './first-answer.ts';
import type { HeadSearch } from './head-search.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { WatchedProvider } from './watched-provider.ts';
import type { WorkScope } from './work-scope.ts';

/** How often an announced block that nobody shows is asked for before its announcer is doubted (H08). */
export const blockAttemptsMax = 6;
/** Between these attempts. */
export const blockRetryDelay = { baseMs: 50, maxMs: 1_000 } as const;

export interface BlockSourceDeps {
  readonly pool: ProviderPool;
  readonly scheduler: Scheduler;
  readonly scope: WorkScope;
}

/**
 * Fetches blocks that somebody announced: null from a provider means that this one is behind. Null
 * from here means that the search was given up, because what is sought may be gone.
 */
export class BlockSource {
  readonly #deps: BlockSourceDeps;

  constructor(deps: BlockSourceDeps) {
    this.#deps = deps;
  }

  /**
   * A block by hash is the same whoever shows it, so everybody may be asked.
   * @throws TxTrailError `provider_bad_answer` when nobody shows it for a while
   */
  async byHash(hash: Hash, search: HeadSearch): Promise<Block | null> {
    return this.#untilShown(`block ${hash}`, search, () => this.#askAll(hash, search.from));
  }

  /**
   * The block of the announced head. Its hash may be wrong where the block is not (H05): when nobody
   * shows it the second time either, the announcer's block of that number is taken instead.
   */
  async announced(search: HeadSearch): Promise<Block | null> {
    const { head, from } = search;
    return this.#untilShown(`block ${head.hash}`, search, async (attempt) => {
      const block = await this.#askAll(head.hash, from, head.parentHash);
      if (block !== null || attempt === 1) return block;
      return from.ask((provider) => provider.blockByNumber(head.number));
    });
  }

  /** A block by number is that provider's view of the path: nobody else is asked in its stead. */
  async byNumber(number: number, search: HeadSearch): Promise<Block | null> {
    return this.#untilShown(`block ${number}`, search, () =>
      search.from.ask((provider) => provider.blockByNumber(number)),
    );
  }

  /** One that shows the hash with another parent than `parentHash` is passed over: a hash has one parent (F10). */
  #askAll(hash: Hash, announcer: WatchedProvider, parentHash?: Hash): Promise<Block | null> {
    const others = this.#deps.pool.askable().filter((member) => member !== announcer);
    const questions = [announcer, ...others].map(
      (member) => () =>
        member.ask(async (provider) => {
          const block = await provider.blockByHash(hash);
          if (block === null || parentHash === undefined || block.parentHash === parentHash) return block;
          throw badBlock(member, `shows block ${hash} with the parent ${block.parentHash} instead of ${parentHash}`);
        }),
    );
    return firstAnswer(questions, this.#deps.scheduler);
  }

  async #untilShown(
    what: string,
    search: HeadSearch,
    ask: (attempt: number) => Promise<Block | null>,
  ): Promise<Block | null> {
    for (let attempt = 1; attempt <= blockAttemptsMax && !this.#deps.scope.stopped; attempt += 1) {
      const block = await ask(attempt);
      if (block !== null) return block;
      if (!(await search.pause(doublingDelayMs(attempt, blockRetryDelay)))) return null;
    }
    throw badBlock(search.from, `announces ${what}, which nobody shows`);
  }
}

function badBlock(member: WatchedProvider, wrong: string): TxTrailError {
  const facts = { provider: member.name };
  return new TxTrailError('provider_bad_answer', `${member.name} ${wrong}`, { retryable: true, facts });
}
