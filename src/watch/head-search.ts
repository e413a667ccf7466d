import type { BlockHeader } from '../core/chain/block.ts';
import type { WatchedProvider } from './watched-provider.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/**
 * The search for the blocks that lead to a head which a provider has shown. It is overtaken when that
 * provider shows another head that does not stand on the first: what is sought may be gone, and then
 * nobody will ever show it. Announcements come out of order too, so only the provider's answer to a
 * question can tell (H22, F15).
 */
export class HeadSearch {
  readonly from: WatchedProvider;
  readonly head: BlockHeader;
  readonly #scope: WorkScope;
  readonly #pauses: Bell[] = [];
  #overtaken = false;
  #givenUp = false;

  constructor(from: WatchedProvider, head: BlockHeader, deps: { readonly scope: WorkScope }) {
    this.from = from;
    this.head = head;
    this.#scope = deps.scope;
  }

  /** Something that it wanted was not shown, and is not waited for any more. */
  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** Its provider has shown a head meanwhile. */
  heard(later: BlockHeader): void {
    if (standsOn(later, this.head)) return;
    this.#overtaken = true;
    for (const bell of this.#pauses) bell.ring();
  }

  /**
   * Waits before what nobody shows is asked for again.
   * @returns whether it is worth that: false once the search is overtaken
   */
  async pause(delayMs: number): Promise<boolean> {
    if (!this.#overtaken) await this.#scope.sleep(delayMs, (bell) => this.#pauses.push(bell));
    this.#givenUp ||= this.#overtaken;
    return !this.#overtaken;
  }
}

/** As far as two headers tell: what is more than one block higher may stand on anything. */
function standsOn(later: BlockHeader, earlier: BlockHeader): boolean {
  if (later.number <= earlier.number) return later.hash === earlier.hash;
  return later.number > earlier.number + 1 || later.parentHash === earlier.hash;
}
