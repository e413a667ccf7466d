import { expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';

const drawn = (seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 2_000 }, () => random());
};

test('the same seed draws the same numbers, another one others', () => {
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

test('numbers lie in [0, 1), all over it and without a repeat', () => {
  const numbers = drawn(1);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers.map((number) => Math.floor(number * 10))).size).toBe(10);
  expect(new Set(numbers).size).toBe(numbers.length);
});
