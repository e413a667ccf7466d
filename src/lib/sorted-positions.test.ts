import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedPositions } from './sorted-positions.ts';

test('finds places like a plain search would, before and after the oldest were given up', () => {
  const rising = fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 40 }).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(rising, fc.nat({ max: 210 }), fc.nat({ max: 50 }), (all, asked, dropped) => {
      const positions = new SortedPositions(all.slice(0, 3));
      for (const position of all.slice(3)) positions.push(position);
      positions.dropFirst(dropped);
      const left = all.slice(dropped);
      expect(positions.toArray()).toEqual(left);
      expect(positions.indexAbove(asked)).toBe(left.filter((one) => one <= asked).length);
      expect([positions.count, positions.first, positions.last]).toEqual([
        left.length,
        left[0] ?? null,
        left.at(-1) ?? null,
      ]);
      expect(positions.slice(1, 2)).toEqual(left.slice(1, 3));
      expect([positions.at(0), positions.at(left.length), positions.at(-1)]).toEqual([left[0] ?? null, null, null]);
    }),
  );
});
