import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNewer, type Origin } from './origin.ts';

const origin = fc.record({
  source: fc.constant('status/1'),
  position: fc.nat({ max: 5 }),
  ordinal: fc.nat({ max: 3 }),
});

test('I04, F22: a reader that keeps the last sees each record of a source once, however often it is said', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(origin, { selector: (one) => `${one.position}.${one.ordinal}` }),
      fc.nat(),
      (all, cut) => {
        const said = all.sort((a, b) => a.position - b.position || a.ordinal - b.ordinal);
        // A crash makes the source say it again from anywhere, and go on.
        const heard = [...said.slice(0, said.length - 1), ...said.slice(cut % (said.length + 1)), ...said];
        const kept: Origin[] = [];
        for (const one of heard) if (isNewer(one, kept.at(-1))) kept.push(one);
        // What stands before the cut was heard in the first telling, or in the last.
        expect(kept).toEqual(kept.toSorted((a, b) => a.position - b.position || a.ordinal - b.ordinal));
        expect(new Set(kept).size).toBe(kept.length);
        expect(kept.at(-1)).toEqual(said.at(-1));
      },
    ),
  );
});

test('the first of a source is always news, the same and an older one never', () => {
  const last = { source: 's', position: 4, ordinal: 1 };
  expect(isNewer(last, undefined)).toBe(true);
  expect(isNewer(last, last)).toBe(false);
  expect(isNewer({ ...last, ordinal: 0 }, last)).toBe(false);
  expect(isNewer({ ...last, position: 3, ordinal: 9 }, last)).toBe(false);
  expect(isNewer({ ...last, position: 5, ordinal: 0 }, last)).toBe(true);
});
