import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeMarks } from './time-marks.ts';

const minuteMs = 60_000;

test('a moment has the position below which all was written by then, a minute early at most', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat({ max: 3 * minuteMs }), skip: fc.integer({ min: 1, max: 5 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, fc.nat({ max: 60 * minuteMs }), fc.boolean(), (walk, atMs, isRestored) => {
      let marks = new TimeMarks();
      const records: { readonly timeMs: number; readonly position: number }[] = [];
      let [timeMs, position] = [0, 0];
      for (const { waitMs, skip } of walk) {
        timeMs += waitMs;
        position += skip;
        records.push({ timeMs, position });
        marks.note(timeMs, position);
        if (!isRestored) continue;
        const restored = new TimeMarks();
        restored.restore(marks.state());
        marks = restored;
      }
      const below = marks.positionAt(atMs);
      // Never too young, and nothing that is older than a minute is missed.
      expect(records.filter((one) => one.position < below).every((one) => one.timeMs <= atMs)).toBe(true);
      const missed = records.filter((one) => one.position >= below && one.timeMs <= atMs - minuteMs);
      expect(missed).toEqual([]);
    }),
  );
});

test('two records close to a minute apart hide none of those before them', () => {
  const marks = new TimeMarks();
  for (const [index, timeMs] of [0, 1, minuteMs - 1, 2 * minuteMs - 2].entries()) marks.note(timeMs, index);
  expect(marks.positionAt(2 * minuteMs - 3)).toBe(3);
});

test('before the first record nothing is known to be old; marks of what is gone are dropped', () => {
  const marks = new TimeMarks();
  expect(marks.positionAt(5)).toBe(0);
  for (let n = 1; n <= 1_000; n += 1) marks.note(n * minuteMs, n);
  expect(marks.positionAt(minuteMs - 1)).toBe(0);
  const full = marks.state().length;
  marks.dropBelow(990);
  expect(marks.state().length).toBeLessThan(full / 50);
  expect(marks.positionAt(995 * minuteMs)).toBe(996);
  expect(marks.positionAt(2_000 * minuteMs)).toBe(1_001);
});
