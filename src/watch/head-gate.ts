import type { BlockHeader } from '../core/chain/block.ts';
import { headOf, type TrackedChain } from '../core/chain/head-tracker.ts';
import type { WatchedProvider } from './watched-provider.ts';

/** A chain may gain so many blocks, and those of twice its pace, before a head needs a proof. */
export const leapMinBlocks = 16;

export interface HeadGateDeps {
  readonly tracked: () => TrackedChain | null;
  /** Milliseconds since the followed head last moved. */
  readonly headAgeMs: () => number;
}

/**
 * Keeps heads out that nobody can have reached (H11). A head that leaps is believed once its
 * provider shows the block under its number and the parent under its hash, as one does that was
 * only ahead of us: after a downtime of ours, for instance, or at the very start.
 */
export class HeadGate {
  readonly #blockTimeMs: number;
  readonly #deps: HeadGateDeps;

  constructor(options: { readonly blockTimeMs: number }, deps: HeadGateDeps) {
    this.#blockTimeMs = options.blockTimeMs;
    this.#deps = deps;
  }

  isLeap(head: BlockHeader): boolean {
    if (head.number === 0) return false;
    const tracked = this.#deps.tracked();
    if (tracked === null) return true;
    const gainable = leapMinBlocks + (2 * this.#deps.headAgeMs()) / this.#blockTimeMs;
    return head.number > headOf(tracked).number + gainable;
  }

  /**
   * False: the provider is doubted for it, until it shows a head that can be believed.
   * @throws TxTrailError when the provider does not answer
   */
  async admits(member: WatchedProvider, head: BlockHeader): Promise<boolean> {
    if (!this.isLeap(head)) return true;
    const [block, parent] = await Promise.all([
      member.ask((provider) => provider.blockByNumber(head.number)),
      member.ask((provider) => provider.blockByHash(head.parentHash)),
    ]);
    if (block?.hash === head.hash && parent?.number === head.number - 1) return true;
    member.noteDoubt(`it names block ${head.number} as its head and does not show it`);
    return false;
  }
}
