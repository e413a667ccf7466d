import { expect, test } from 'vitest';
import { latencyOf, median, ratesIn, spread } from './figures.ts';

test('the median of an even number is the lower of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(median([3, 1, 2])).toBe(2);
  expect(spread([2.345, 1, 9], 1)).toEqual({ median: 2.3, min: 1, max: 9 });
});

test('times are given in milliseconds, from microseconds', () => {
  const latency = latencyOf(Array.from({ length: 1_000 }, (_, index) => (index + 1) * 1_000));
  expect(latency.count).toBe(1_000);
  expect(latency.mean).toBe(500.5);
  expect(Math.abs(latency.p50 - 500)).toBeLessThan(1);
  expect(Math.abs(latency.p99 - 990)).toBeLessThan(1.1);
  expect(Math.abs(latency.max - 1_000)).toBeLessThan(1.1);
});

test('what happens before or after the windows is in none of them', () => {
  expect(ratesIn([5, 10, 19, 20, 30], 10, 10, 2)).toEqual([200, 100]);
});
