import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trackedAt } from '../../../test/harness/tracked.ts';
import type { Tracked } from '../transaction/tracked.ts';
import { RegistrationList } from './registration-list.ts';

test('lists what is there in the order of registration, however many left', () => {
  const step = fc.oneof({ weight: 2, arbitrary: fc.constant('add' as const) }, { weight: 1, arbitrary: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 60 }), (steps, after) => {
      const list = new RegistrationList();
      let model: Tracked[] = [];
      steps.forEach((one, index) => {
        if (one === 'add') {
          const tracked = trackedAt(index + 1);
          list.add(tracked);
          model.push(tracked);
          return;
        }
        const leaving = model[one % Math.max(1, model.length)];
        if (leaving === undefined) return;
        list.remove(leaving);
        model = model.filter((other) => other !== leaving);
      });
      expect([...list.after(after)]).toEqual(model.filter(({ registered }) => registered.position > after));
    }),
  );
});

test('one that comes again under its id is another; sorting brings the order of a snapshot right', () => {
  const list = new RegistrationList();
  const [first, second] = [trackedAt(5), trackedAt(3)];
  list.add(first);
  list.add(second);
  list.sort();
  expect([...list.after(0)]).toEqual([second, first]);
  const again = trackedAt(9, { id: second.id });
  list.add(again);
  list.remove(second);
  expect([...list.after(0)]).toEqual([first, again]);
});
