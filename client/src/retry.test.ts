import { expect, it } from 'vitest';
import { systemDeps } from './deps.ts';
import { defaultRetryLimits, jitteredDelay, Retry } from './retry.ts';

it('full jitter: from nothing up to a bound that doubles to its cap', () => {
  const bounds = [0, 1, 2, 3, 5, 6, 7, 400].map((failures) => jitteredDelay(failures, defaultRetryLimits, () => 1));
  expect(bounds).toEqual([500, 1000, 2000, 4000, 16_000, 30_000, 30_000, 30_000]);
  expect(jitteredDelay(5, defaultRetryLimits, () => 0)).toBe(0);
});

it('the delays grow over connections that die young, and begin anew after one that lived', () => {
  let now = 0;
  const retry = new Retry(defaultRetryLimits, { ...systemDeps(), now: () => now, random: () => 0.5 });
  const fail = (livesMs: number | null): number => {
    if (livesMs !== null) retry.live();
    now += livesMs ?? 0;
    expect(retry.failed()).toBe(livesMs !== null);
    return retry.remainingMs();
  };
  expect([fail(null), fail(null), fail(5), fail(9_999)]).toEqual([250, 500, 1000, 2000]);
  expect(fail(10_000)).toBe(250);
  retry.failed(4_000);
  expect(retry.remainingMs()).toBe(4_000);
  now += 3_999;
  expect(retry.remainingMs()).toBe(1);
  now += 100;
  expect(retry.remainingMs()).toBe(0);
});
