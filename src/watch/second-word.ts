import type { BlockHeader } from '../core/chain/block.ts';
import { headOf, isOnPath, type TrackedChain } from '../core/chain/head-tracker.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { WatchedProvider } from './watched-provider.ts';

/**
 * The number up to which a second provider stands on our path, told by the heads that it has shown,
 * so that nobody needs to be asked. `wanted` where nobody else can say: there is no other, or none
 * has come that far; −1 where others can and none does.
 */
export function secondWordUpTo(
  tracked: TrackedChain,
  wanted: number,
  { leader, pool }: { readonly leader: WatchedProvider; readonly pool: Pick<ProviderPool, 'members'> },
): number {
  const others = pool.members.filter((member) => member !== leader && canSay(member, wanted));
  if (others.length === 0) return wanted;
  return Math.max(...others.map((member) => standsUpTo(tracked, member.shownHeads)));
}

/** One that has just begun will say something soon. One that fails is heard until the path has left its last head behind. */
function canSay(member: WatchedProvider, wanted: number): boolean {
  if (member.head !== null) return member.conflict === null && member.head.number >= wanted;
  return member.servesChain ? member.healthy : member.refusal === null && member.faultsInRow === 0;
}

/** What it showed last of the heights that we have decides: it may have left what it showed before. */
function standsUpTo(tracked: TrackedChain, shown: readonly BlockHeader[]): number {
  const newest = shown.findLast(({ number }) => number <= headOf(tracked).number);
  return newest !== undefined && isOnPath(tracked, newest) ? newest.number : -1;
}
