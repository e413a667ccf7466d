import { expect, test } from 'vitest';
import type { BlockHeader } from './block.ts';
import { windowMaxBlocks, windowMinBlocks, windowMinMs, windowSurplus } from './window.ts';

/** So many blocks from number 0 on, one every so often. */
function surplusOf(count: number, blockTimeMs: number, finalized: number | null): number {
  const headerAt = (index: number): BlockHeader | undefined =>
    index < 0 || index >= count
      ? undefined
      : { number: index, hash: `h${index}`, parentHash: `h${index - 1}`, timestampMs: index * blockTimeMs };
  return windowSurplus(count, headerAt, finalized === null ? null : { number: finalized, hash: `h${finalized}` });
}

test('an hour is kept where blocks come fast, a number of blocks where they come slowly (H13)', () => {
  expect(surplusOf(1_000, 12_000, 999)).toBe(1_000 - windowMinMs / 12_000);
  expect(surplusOf(1_000, 60_000, 999)).toBe(1_000 - windowMinBlocks);
  expect(surplusOf(5_000, 1_000, 4_999)).toBe(5_000 - windowMinMs / 1_000);
});

test('what is not final stays, up to the most that is ever kept (H16)', () => {
  expect(surplusOf(1_000, 12_000, null)).toBe(0);
  expect(surplusOf(1_000, 12_000, 30)).toBe(30);
  expect(surplusOf(windowMaxBlocks + 5, 12_000, null)).toBe(5);
  expect(surplusOf(windowMaxBlocks + 5, 12_000, 2)).toBe(5);
  expect(surplusOf(windowMaxBlocks + 5, 12_000, 20)).toBe(20);
});

test('an empty or short window loses nothing, also where all blocks have one time', () => {
  expect(surplusOf(0, 1, 5)).toBe(0);
  expect(surplusOf(windowMinBlocks, 3_600_000, windowMinBlocks - 1)).toBe(0);
  expect(surplusOf(1_000, 0, 999)).toBe(0);
});
