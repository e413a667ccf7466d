import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MinHeap } from './min-heap.ts';

test('gives what was pushed in the order of its keys, whatever came between', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat({ max: 50 }), fc.constant('pop' as const))), (steps) => {
      const heap = new MinHeap<number>();
      let model: number[] = [];
      for (const step of steps) {
        if (step === 'pop') {
          expect(heap.pop()).toBe(model[0]);
          model = model.slice(1);
        } else {
          heap.push(step, step);
          model = [...model, step].sort((left, right) => left - right);
        }
        expect([heap.size, heap.peekKey()]).toEqual([model.length, model[0] ?? null]);
      }
    }),
  );
});

test('empty it gives nothing', () => {
  const heap = new MinHeap<string>();
  expect([heap.pop(), heap.peekKey(), heap.size]).toEqual([undefined, null, 0]);
});
