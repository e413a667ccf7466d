import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignShards, type ShardClaim } from './shard-assignment.ts';

function claims(owned: Readonly<Record<string, readonly number[]>>): ShardClaim[] {
  return Object.entries(owned).map(([memberId, shards]) => ({ memberId, owned: shards, generation: 1 }));
}

function plain(assigned: ReadonlyMap<string, readonly number[]>): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(assigned);
}

test('the first member gets everything', () => {
  expect(plain(assignShards(claims({ a: [] }), 4))).toEqual({ a: [0, 1, 2, 3] });
});

test('what is to move goes to nobody until its owner gave it up', () => {
  const first = assignShards(claims({ a: [0, 1, 2, 3], b: [] }), 4);
  expect(plain(first)).toEqual({ a: [0, 1], b: [] });
  expect(plain(assignShards(claims({ a: [0, 1], b: [] }), 4))).toEqual({ a: [0, 1], b: [2, 3] });
});

test('of two that claim a shard, the one that got it later keeps it', () => {
  const two = [
    { memberId: 'a', owned: [0, 1], generation: 3 },
    { memberId: 'b', owned: [1, 2], generation: 5 },
  ];
  expect(plain(assignShards(two, 4))).toEqual({ a: [0, 3], b: [1, 2] });
});

const group = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 7 });

test('whoever comes and goes, everything is owned once and evenly after at most two rounds, with no needless move', () => {
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 64 }), (stories, shards) => {
      let owned = new Map<string, readonly number[]>();
      for (const members of stories) {
        const before = owned;
        for (let round = 1; round <= 2; round += 1) {
          const asked = members.map((memberId) => ({ memberId, owned: owned.get(memberId) ?? [], generation: round }));
          const assigned = assignShards(asked, shards);
          const all = [...assigned.values()].flat();
          expect(new Set(all).size).toBe(all.length);
          for (const { memberId, owned: had } of asked) {
            // A shard of another that lives is never given away in the same round.
            const others = asked.filter((one) => one.memberId !== memberId).flatMap((one) => one.owned);
            const gained = (assigned.get(memberId) ?? []).filter((shard) => !had.includes(shard));
            expect(gained.filter((shard) => others.includes(shard))).toEqual([]);
          }
          owned = new Map(assigned);
        }
        const counts = members.map((memberId) => owned.get(memberId)?.length ?? 0);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(shards);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const memberId of members) {
          const had = before.get(memberId) ?? [];
          const lost = had.filter((shard) => !(owned.get(memberId) ?? []).includes(shard));
          expect(lost.length).toBeLessThanOrEqual(Math.max(0, had.length - Math.floor(shards / members.length)));
        }
      }
    }),
  );
});
