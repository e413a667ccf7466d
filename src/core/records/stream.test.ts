import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventLaneOf, laneOf, partitionOf, senderLaneOf, slotCount, slotOf } from './stream.ts';

const hash = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 64, maxLength: 64 })
  .map((d) => `0x${d.join('')}`);

test('a hash has one slot for life, and a partition is a range of slots whatever their number', () => {
  fc.assert(
    fc.property(hash, fc.constantFrom(1, 2, 64, 100, 4096), (one, partitions) => {
      const slot = slotOf(one);
      expect(slot).toBe(Number.parseInt(one.slice(2, 6), 16) % slotCount);
      const partition = partitionOf(one, partitions);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(partitions);
      // Splitting ranges in two never moves a slot to another parent.
      expect(Math.floor(partitionOf(one, partitions * 2) / 2)).toBe(partition);
    }),
  );
});

test('where things are stored never changes', () => {
  expect(slotOf(`0x1fff${'0'.repeat(60)}`)).toBe(4095);
  expect(partitionOf(`0x0fff${'0'.repeat(60)}`, 64)).toBe(63);
  expect(laneOf('', 1_000_000)).toBe(0x811c9dc5 % 1_000_000);
  // FNV-1a of "a", as its authors give it.
  expect(laneOf('a', 2 ** 32)).toBe(0xe40c292c);
});

test('lanes of tenants, subscribers and senders are spread, and in range', () => {
  const lanes = Array.from({ length: 6_400 }, (_, n) => eventLaneOf('default', `user-${n}`, 64));
  const counts = Map.groupBy(lanes, (lane) => lane);
  expect(counts.size).toBe(64);
  for (const [lane, members] of counts) {
    expect(lane).toBeLessThan(64);
    expect(members.length).toBeLessThan(250);
  }
  expect(eventLaneOf('a', null, 64)).toBe(laneOf('a', 64));
  expect(senderLaneOf('eip155:1', '0xa', 64)).toBe(laneOf('eip155:1/0xa', 64));
});
