import { describe, expect, test } from 'vitest';
import { mutants } from './mutants.ts';
import { proveMutant, proveUnchanged } from './prove-mutant.ts';

/** The small size of `npm run prove -- mutants`: bugs of the log, the core and the delivery that few seeds show. */
const few = ['torn_tail_missed', 'threshold_one_early', 'number_from_the_log_off_by_one'];
const seeds = 12;

describe('seeded bugs', () => {
  test.each(mutants.filter(({ name }) => few.includes(name)))('$name is caught', async (mutant) => {
    const { caught } = await proveMutant({ ...mutant, seeds });
    expect(caught).not.toBeNull();
  });

  test('without them the same seeds break no promise', async () => {
    const { caught, seedsRun } = await proveUnchanged({ from: 1, to: seeds });
    expect(caught).toBeNull();
    expect(seedsRun).toBe(seeds);
  });
});
