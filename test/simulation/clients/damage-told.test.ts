import { expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { armedFor } from '../faults.ts';
import { calmFromMs } from '../seed-plan.ts';
import { mayTellOfDamage } from './damage-told.ts';

const flipping = firstSeed(true);
const sound = firstSeed(false);

function firstSeed(flips: boolean): number {
  let seed = 1;
  while (armedFor(seed).has('bit_flip') !== flips) seed += 1;
  return seed;
}

/** Asked so long after it became calm, when nothing is armed any more; before it with what the seed arms. */
function told(seed: number, sinceCalmMs: number): boolean {
  const armed: Context['armed'] = sinceCalmMs < 0 ? armedFor(seed) : new Map();
  const time = { nowMs: calmFromMs + sinceCalmMs };
  return mayTellOfDamage({ seed, armed, time } as Context);
}

test('what was said of a flipped bit may arrive when it is calm already, and not for long (simulated seed 5085)', () => {
  expect(told(flipping, -1)).toBe(true);
  expect(told(flipping, 820)).toBe(true);
  expect(told(flipping, 60_000)).toBe(false);
});

test('where no bit flips nothing may be damaged, before and after', () => {
  expect([told(sound, -1), told(sound, 820)]).toEqual([false, false]);
});
