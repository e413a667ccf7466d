import type { Membership, Ownership, OwnershipListener, OwnershipOptions } from '../../ports/ownership.ts';

interface Member {
  readonly listener: OwnershipListener;
  readonly owned: Set<number>;
}

interface Group {
  readonly shards: number;
  readonly members: Member[];
  /** One division after another. */
  tail: Promise<void>;
}

/**
 * Divides shards among those who joined, as evenly as it goes and moving no more than it must. One
 * object is the service that several members share; it lives as long as its process.
 */
export class MemoryOwnership implements Ownership {
  readonly #groups = new Map<string, Group>();

  async join({ group: name, shards }: OwnershipOptions, listener: OwnershipListener): Promise<Membership> {
    const group = this.#groups.get(name) ?? { shards, members: [], tail: Promise.resolve() };
    this.#groups.set(name, group);
    const member: Member = { listener, owned: new Set() };
    group.members.push(member);
    await divide(group);
    return {
      noteProgress: () => {
        // Nobody looks on from outside.
      },
      leave: () => {
        group.tail = group.tail.then(async () => {
          const place = group.members.indexOf(member);
          if (place !== -1) group.members.splice(place, 1);
          await take(member, [...member.owned]);
        });
        return divide(group);
      },
    };
  }
}

function divide(group: Group): Promise<void> {
  group.tail = group.tail.then(async () => {
    const { members, shards } = group;
    if (members.length === 0) return;
    const most = Math.ceil(shards / members.length);
    await Promise.all(members.map((member) => take(member, [...member.owned].slice(most))));
    const owned = new Set(members.flatMap((member) => [...member.owned]));
    const free = Array.from({ length: shards }, (_, shard) => shard).filter((shard) => !owned.has(shard));
    for (const member of members) {
      const gained = free.splice(0, most - member.owned.size);
      if (gained.length === 0) continue;
      for (const shard of gained) member.owned.add(shard);
      member.listener.onGained(gained);
    }
  });
  return group.tail;
}

/** The others wait until it has let go. */
async function take(member: Member, shards: readonly number[]): Promise<void> {
  if (shards.length === 0) return;
  for (const shard of shards) member.owned.delete(shard);
  await member.listener.onLost(shards);
}
