import { expect, test } from 'vitest';
import { runSeed } from './run-seed.ts';

test('a seed runs twice to the same trace hash, and another seed to another', async () => {
  const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
  expect(first.problems).toEqual([]);
  expect(again.traceHash).toBe(first.traceHash);
  expect(other.traceHash).not.toBe(first.traceHash);
});
