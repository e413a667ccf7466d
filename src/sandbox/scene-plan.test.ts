import { describe, expect, test } from 'vitest';
import { seededRandom } from '../lib/seeded-random.ts';
import { SceneDeck } from './scene-plan.ts';
import type { ScenePlan } from './scene-plan.ts';

function drawn(seed: number, count: number): readonly ScenePlan[] {
  const deck = new SceneDeck(seededRandom(seed));
  return Array.from({ length: count }, () => deck.next());
}

describe('the scenes of a seed', () => {
  test('are the same every time, and others for another seed', () => {
    expect(drawn(7, 60)).toEqual(drawn(7, 60));
    expect(drawn(8, 60)).not.toEqual(drawn(7, 60));
  });

  test('begin with a plain transfer, and show every kind in each round', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const [first, ...rest] = drawn(seed, 33);
      expect(first?.kind).toBe('transfer');
      for (const round of [rest.slice(0, 16), rest.slice(16)]) {
        expect(new Set(round.map(({ kind }) => kind))).toEqual(
          new Set([
            ...['transfer', 'late', 'reverted', 'repriced', 'cancelled', 'replaced', 'dropped', 'nonce_gap', 'batch'],
          ]),
        );
      }
    }
  });

  test('pay something to somebody, and say what for', () => {
    const plans = drawn(1, 200);
    for (const { kind, payments, pauseBlocks } of plans) {
      expect(payments.length).toBe(kind === 'nonce_gap' ? 2 : kind === 'batch' ? payments.length : 1);
      if (kind === 'batch') expect([3, 4, 5]).toContain(payments.length);
      expect([2, 3, 4]).toContain(pauseBlocks);
      for (const { label, to, value } of payments) {
        expect(label).toMatch(/\w/);
        expect(to).toMatch(/^0x[0-9a-f]{40}$/);
        expect(value).toBeGreaterThan(0n);
      }
    }
    const recipients = new Set(plans.flatMap(({ payments }) => payments.map(({ to }) => to)));
    expect(recipients.size).toBeLessThanOrEqual(24);
  });
});
