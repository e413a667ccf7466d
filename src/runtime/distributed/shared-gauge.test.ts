import { expect, test } from 'vitest';
import { SharedGauge } from './shared-gauge.ts';

test('shows the sum of what its shards hold, without those that were given up', () => {
  const shown: number[] = [];
  const shared = new SharedGauge({ set: (value) => void shown.push(value) });
  shared.shareOf(1).set(5);
  shared.shareOf(2).set(7);
  shared.shareOf(1).set(6);
  shared.drop(2);
  expect(shown).toEqual([5, 12, 13, 6]);
});
