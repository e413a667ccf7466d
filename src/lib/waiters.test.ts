import { expect, test } from 'vitest';
import { Waiters } from './waiters.ts';

test('everyone who waits under a key gets its value, once, and is forgotten', async () => {
  const waiters = new Waiters<number>();
  const [first, second, other] = [waiters.wait('a'), waiters.wait('a'), waiters.wait('b')];
  expect(waiters.count).toBe(2);
  waiters.resolve('a', 1);
  waiters.resolve('a', 2);
  expect(await Promise.all([first.value, second.value])).toEqual([1, 1]);
  expect(waiters.count).toBe(1);
  waiters.resolve('b', 3);
  expect(await other.value).toBe(3);
  expect(waiters.count).toBe(0);
});

test('who cancels leaves the others waiting; cancelling late or twice takes nobody else away', async () => {
  const waiters = new Waiters<number>();
  const gone = waiters.wait('a');
  const stays = waiters.wait('a');
  gone.cancel();
  gone.cancel();
  waiters.resolve('a', 1);
  expect(await stays.value).toBe(1);
  const next = waiters.wait('a');
  stays.cancel();
  gone.cancel();
  expect(waiters.count).toBe(1);
  waiters.resolve('a', 2);
  expect(await next.value).toBe(2);
  const settled = await Promise.race([gone.value, Promise.resolve('never')]);
  expect(settled).toBe('never');
});

test('a value that nobody waits for is not kept', () => {
  const waiters = new Waiters<number>();
  waiters.resolve('a', 1);
  waiters.wait('a').cancel();
  expect(waiters.count).toBe(0);
});
