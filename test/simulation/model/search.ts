import { check, type Counterexample, type Verdict } from './checker.ts';
import { allRules, type Bounds, type Rules } from './rules.ts';
import { world } from './world.ts';

/** Three owners and three faults, over one registration and one block: two events. */
export const wholeSize: Bounds = { owners: 3, faults: 3, blocks: 1, reduced: true };

/** More than any search of these sizes visits: one that ends here proves nothing, and says so. */
const maxStates = 5_000_000;

/** Everything that can happen under the rules, with some of them changed. */
export function search(change: Partial<Rules>, bounds: Partial<Bounds> = {}): Verdict {
  return check(world({ ...allRules, ...change }, { ...wholeSize, ...bounds }), { maxStates });
}

/** The shortest way to a broken promise among those with the fewest faults; null: none with up to three. */
export function nearestCounterexample(change: Partial<Rules>, bounds: Partial<Bounds> = {}): Counterexample | null {
  for (let faults = 0; faults <= wholeSize.faults; faults += 1) {
    const verdict = search(change, { ...bounds, faults });
    if (verdict.counterexample !== null) return verdict.counterexample;
    if (!verdict.complete) throw new Error(`the search with ${faults} faults ended at its limit`);
  }
  return null;
}

/** As the page prints it. */
export function counterexampleText({ steps, broken }: Counterexample): string {
  return [...steps.map((step, index) => `${index + 1}. ${step}`), `=> ${broken}`].join('\n');
}
