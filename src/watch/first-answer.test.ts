import { expect, test } from 'vitest';
import type { Scheduler } from '../ports/clock.ts';
import { firstAnswer } from './first-answer.ts';

/** Timers that fire when the test says so. */
function manualTime(): { readonly scheduler: Scheduler; fire(): void } {
  let tasks: (() => void)[] = [];
  return {
    scheduler: {
      after: (_delayMs, task) => {
        tasks.push(task);
        return {
          cancel: () => {
            tasks = tasks.filter((other) => other !== task);
          },
        };
      },
      sleep: () => Promise.resolve(),
    },
    fire: () => {
      for (const task of tasks.splice(0)) task();
    },
  };
}

const never = () => new Promise<string | null>(() => undefined);

test('asks the next one after null and after a fault, and nobody after an answer', async () => {
  const asked: number[] = [];
  const question = (index: number, answer: () => Promise<string | null>) => () => {
    asked.push(index);
    return answer();
  };
  const answer = await firstAnswer(
    [
      question(0, () => Promise.resolve(null)),
      question(1, () => Promise.reject(new Error('down'))),
      question(2, () => Promise.resolve('block')),
      question(3, never),
    ],
    manualTime().scheduler,
  );
  expect(answer).toBe('block');
  expect(asked).toEqual([0, 1, 2]);
});

test('F17 does not wait for a slow one', async () => {
  const time = manualTime();
  const answer = firstAnswer([never, () => Promise.resolve('block')], time.scheduler);
  time.fire();
  expect(await answer).toBe('block');
});

test('null when somebody said so; the fault when nobody answered', async () => {
  const { scheduler } = manualTime();
  const down = () => Promise.reject<string | null>(new Error('down'));
  expect(await firstAnswer([down, () => Promise.resolve(null)], scheduler)).toBeNull();
  await expect(firstAnswer([down, down], scheduler)).rejects.toThrow('down');
  expect(await firstAnswer([], scheduler)).toBeNull();
});
