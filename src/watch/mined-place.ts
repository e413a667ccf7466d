import type { Block, BlockRef, Hash } from '../core/chain/block.ts';
import { baseOf, canonicalAt, type TrackedChain } from '../core/chain/head-tracker.ts';
import type { MinedPlace } from '../core/records/fact-record.ts';
import type { WatchedProvider } from './watched-provider.ts';

/** Blocks below the window whose hashes are remembered: many old transactions of one block cost one question. */
export const oldBlocksMax = 256;

interface OldBlock extends BlockRef {
  readonly timestampMs: number;
  readonly transactions: readonly Hash[];
}

/** Says where a transaction that a provider shows in a block really stands. */
export class MinedPlaces {
  readonly #oldBlocks = new Map<string, Promise<OldBlock | null>>();

  /**
   * null: the provider contradicts itself or does not show the block, so its word is no answer.
   * In the window our own path is the measure; below it the block of that number must have that
   * hash, hold the transaction there, and lie at or below the finalized block to count as settled.
   */
  async placeOf(
    tracked: TrackedChain,
    member: WatchedProvider,
    hash: Hash,
    claim: BlockRef & { readonly index: number },
  ): Promise<MinedPlace | null> {
    const final = tracked.finalized !== null && claim.number <= tracked.finalized.number;
    const canonical = canonicalAt(tracked, claim.number);
    if (canonical?.hash === claim.hash) return { ...claim, timestampMs: canonical.timestampMs, settled: final };
    if (claim.number >= baseOf(tracked).number) {
      // Ahead of us, or on a fork: told as it is, and never settled.
      const block = await member.ask((provider) => provider.blockByHash(claim.hash));
      return block === null ? null : { ...claim, timestampMs: block.timestampMs, settled: false };
    }
    const block = await this.#oldBlock(member, claim.number);
    const holds = block?.hash === claim.hash && block.transactions[claim.index] === hash;
    return block === null || !holds ? null : { ...claim, timestampMs: block.timestampMs, settled: final };
  }

  #oldBlock(member: WatchedProvider, number: number): Promise<OldBlock | null> {
    const key = `${member.name}/${number}`;
    const known = this.#oldBlocks.get(key);
    if (known !== undefined) return known;
    const asked = member.ask((provider) => provider.blockByNumber(number)).then(shorten);
    this.#oldBlocks.set(key, asked);
    // What was not answered is asked again next time.
    asked.then(
      (block) => (block === null ? this.#oldBlocks.delete(key) : undefined),
      () => this.#oldBlocks.delete(key),
    );
    const oldest = this.#oldBlocks.size > oldBlocksMax ? this.#oldBlocks.keys().next().value : undefined;
    if (oldest !== undefined) this.#oldBlocks.delete(oldest);
    return asked;
  }
}

function shorten(block: Block | null): OldBlock | null {
  if (block === null) return null;
  const { number, hash, timestampMs } = block;
  return { number, hash, timestampMs, transactions: block.transactions.map((transaction) => transaction.hash) };
}
