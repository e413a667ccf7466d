/** What a member of a group says when it joins. */
export interface ShardClaim {
  readonly memberId: string;
  readonly owned: readonly number[];
  /** In which it got them. */
  readonly generation: number;
}

/**
 * Who owns which shard from now on: as evenly as it goes, and with as few moves. A shard that is to move
 * goes to nobody in this round: its owner gives it up first and joins again, and the next round gives it
 * away (as KIP-429 has it). So nobody gives up what it keeps, and two own the same only where one does
 * not know yet that it was followed.
 */
export function assignShards(claims: readonly ShardClaim[], shards: number): ReadonlyMap<string, readonly number[]> {
  const owners = ownersOf(claims, shards);
  const owned = new Map(claims.map(({ memberId }) => [memberId, [] as number[]]));
  const free: number[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    const owner = owners.get(shard);
    if (owner === undefined) free.push(shard);
    else owned.get(owner.memberId)?.push(shard);
  }
  // Those that own most get the odd ones, so that these need not move.
  const members = [...owned].sort(([a, of], [b, other]) => other.length - of.length || (a < b ? -1 : 1));
  const assigned = new Map<string, readonly number[]>();
  for (const [index, [memberId, has]] of members.entries()) {
    const quota = Math.floor(shards / members.length) + (index < shards % members.length ? 1 : 0);
    const kept = has.slice(0, quota);
    assigned.set(
      memberId,
      [...kept, ...free.splice(0, quota - kept.length)].sort((a, b) => a - b),
    );
  }
  return assigned;
}

/** Where two claim a shard, the one that got it later has it. */
function ownersOf(claims: readonly ShardClaim[], shards: number): ReadonlyMap<number, ShardClaim> {
  const owners = new Map<number, ShardClaim>();
  for (const claim of claims) {
    for (const shard of claim.owned) {
      const other = owners.get(shard);
      if (shard < shards && (other === undefined || other.generation < claim.generation)) owners.set(shard, claim);
    }
  }
  return owners;
}
