import { expect, test } from 'vitest';
import { check, type Model, type Step } from './checker.ts';

/** A model of numbers: what can be done is a table, faults are marked by a leading "fault". */
function numbers(options: {
  readonly steps: Readonly<Record<number, readonly (readonly [string, number])[]>>;
  readonly broken?: number;
  readonly owed?: number;
}): Model<number> {
  return {
    initial: 0,
    steps: (state) =>
      (options.steps[state] ?? []).map(
        ([text, next]): Step<number> => ({ fault: text.startsWith('fault'), text: () => text, next }),
      ),
    keyOf: String,
    faultsLeft: () => 0,
    broken: (state) => (state === options.broken ? 'broken' : null),
    owed: (state) => (state === options.owed ? 'owed' : null),
    endOf: String,
  };
}

const limits = { maxStates: 100 };

test('visits every state once and tells how many there are, how far they lie and where runs end', () => {
  const diamond = numbers({
    steps: {
      0: [
        ['left', 1],
        ['right', 2],
      ],
      1: [['on', 3]],
      2: [['on', 3]],
      3: [['fault', 4]],
    },
  });
  const verdict = check(diamond, limits);
  expect(verdict).toMatchObject({ states: 5, transitions: 5, depth: 3, settled: 2, complete: true });
  expect(verdict.ends).toEqual(['3', '4']);
  expect(verdict.counterexample).toBeNull();
});

test('finds the shortest way to a broken state', () => {
  const model = numbers({
    steps: {
      0: [
        ['around', 1],
        ['fault', 3],
      ],
      1: [['around', 2]],
      2: [['around', 4]],
      3: [['straight', 4]],
    },
    broken: 4,
  });
  expect(check(model, limits).counterexample).toEqual({ broken: 'broken', steps: ['fault', 'straight'] });
});

test('finds what is owed where only faults or steps that change nothing can follow, and nowhere else', () => {
  const steps = {
    0: [['on', 1]],
    1: [
      ['fault', 2],
      ['idle', 1],
    ],
  } as const;
  expect(check(numbers({ steps, owed: 1 }), limits).counterexample).toEqual({ broken: 'owed', steps: ['on'] });
  expect(check(numbers({ steps, owed: 0 }), limits).counterexample).toBeNull();
});

test('finds a run that goes on for ever without a fault, and lets one go on by faults', () => {
  const circle = numbers({ steps: { 0: [['on', 1]], 1: [['back', 0]] } });
  expect(check(circle, limits).counterexample?.broken).toContain('for ever');
  const byFault = numbers({ steps: { 0: [['on', 1]], 1: [['fault', 0]] } });
  expect(check(byFault, limits).counterexample).toBeNull();
});

test('says that it is not complete where it ends at its limit', () => {
  const endless: Model<number> = {
    ...numbers({ steps: {} }),
    steps: (state) => [{ fault: false, text: () => 'on', next: state + 1 }],
  };
  expect(check(endless, limits).complete).toBe(false);
});

test('comes again to a state when more faults are left in it than before', () => {
  const model: Model<{ readonly at: number; readonly faults: number }> = {
    initial: { at: 0, faults: 1 },
    steps: ({ at, faults }) => {
      if (at === 0)
        return [
          { fault: true, text: () => 'fault', next: { at: 1, faults: 0 } },
          { fault: false, text: () => 'on', next: { at: 5, faults } },
        ];
      if (at === 5) return [{ fault: false, text: () => 'on', next: { at: 1, faults } }];
      return faults === 0 ? [] : [{ fault: true, text: () => 'fault', next: { at: 9, faults: 0 } }];
    },
    keyOf: ({ at }) => String(at),
    faultsLeft: ({ faults }) => faults,
    broken: ({ at }) => (at === 9 ? 'broken' : null),
    owed: () => null,
    endOf: ({ at }) => String(at),
  };
  expect(check(model, limits).counterexample?.steps).toEqual(['on', 'on', 'fault']);
});
