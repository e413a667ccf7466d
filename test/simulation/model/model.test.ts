import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../tidy/repository.ts';
import { search } from './search.ts';
import { otherWays, weakerRules } from './weaker-rules.ts';

/** A search has no clock of its own; under load it takes what it takes. */
const patience = { timeout: 300_000 };

describe('claims, numbering and acknowledgement', () => {
  test('three owners, three faults: every run keeps every promise', patience, () => {
    const { counterexample, complete, states, transitions, depth, settled, ends } = search({});
    console.log(`${states} states, ${transitions} steps between them, ${depth} at most to each, ${settled} ends`);
    expect(counterexample).toBeNull();
    expect(complete).toBe(true);
    // The page tells how far the search went.
    const page = readFileSync(join(repositoryRoot, 'docs/internals/partitions.md'), 'utf8');
    const size = `${states.toLocaleString('en')} states and ${transitions.toLocaleString('en')} steps between them; the farthest state lies ${depth} steps`;
    expect(page).toContain(size);
    // Either input may come first, or both in one entry; and one owner may say the first and another the second.
    expect(ends).toEqual([
      'block 1 at 0, the registration at 0; 2 received, 2 acknowledged',
      'block 1 at 0, the registration at 1; 2 received, 2 acknowledged',
      'the registration at 0, block 1 at 0; 2 received, 2 acknowledged',
      'the registration at 0, block 1 at 1; 2 received, 2 acknowledged',
    ]);
  });

  test('three events from two logs, with one fault', patience, () => {
    const { counterexample, complete } = search({}, { faults: 1, blocks: 2 });
    expect(counterexample).toBeNull();
    expect(complete).toBe(true);
  });

  test('with snapshots', patience, () => {
    const { counterexample, complete } = search({ snapshots: 'claimed' }, { faults: 1 });
    expect(counterexample).toBeNull();
    expect(complete).toBe(true);
  });

  test.each(otherWays)('$name: nothing is broken', patience, ({ change }) => {
    const { counterexample, complete } = search(change, { faults: 1 });
    expect(counterexample).toBeNull();
    expect(complete).toBe(true);
  });
});

describe('leaving out what no reader will look at', () => {
  test('changes no end of any run', patience, () => {
    const whole = search({}, { faults: 1, reduced: false });
    const reduced = search({}, { faults: 1 });
    expect(whole.complete && reduced.complete).toBe(true);
    expect(reduced.ends).toEqual(whole.ends);
    expect(reduced.states).toBeLessThan(whole.states / 2);
  });

  test('finds a broken promise where there is one, no farther away, and only there', patience, () => {
    const nearest = (reduced: boolean) =>
      weakerRules.map(({ change }) => search(change, { faults: 1, reduced }).counterexample);
    const [whole, reduced] = [nearest(false), nearest(true)];
    expect(whole.filter((one) => one !== null).length).toBeGreaterThan(20);
    expect(reduced.map((one) => one !== null)).toEqual(whole.map((one) => one !== null));
    // One may come nearer: a run need not wait for what comes to nothing.
    for (const [index, one] of reduced.entries()) {
      expect(one?.steps.length ?? 0, weakerRules[index]?.name).toBeLessThanOrEqual(whole[index]?.steps.length ?? 0);
    }
  });
});
