import { expect, test } from 'vitest';
import { doublingDelayMs, fullJitterDelayMs } from './retry-delay.ts';

const bounds = { baseMs: 100, maxMs: 5_000 };

test('a delay doubles with each attempt up to its bound', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 400].map((attempt) => doublingDelayMs(attempt, bounds))).toEqual([
    100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000,
  ]);
});

test('full jitter spreads over the whole delay, from the first retry on', () => {
  const random = (value: number) => ({ fraction: () => value });
  expect(fullJitterDelayMs(1, bounds, random(0))).toBe(0);
  expect(fullJitterDelayMs(1, bounds, random(0.5))).toBe(50);
  expect(fullJitterDelayMs(9, bounds, random(0.5))).toBe(2_500);
});
