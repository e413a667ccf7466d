import { expect, test } from 'vitest';
import { Bell } from './bell.ts';
import { Latch } from './latch.ts';

test('a bell wakes every listener until it leaves, and one that leaves while it rings does no harm', () => {
  const bell = new Bell();
  const heard: string[] = [];
  const both = (): number => heard.push('twice');
  const stopFirst = bell.listen(both);
  bell.listen(both);
  const stopSelf = bell.listen(() => {
    heard.push('once');
    stopSelf();
  });
  bell.ring();
  stopFirst();
  bell.ring();
  expect(heard).toEqual(['twice', 'twice', 'once', 'twice']);
  expect(bell.listeners).toBe(1);
});

test('a latch set before the wait does not keep the waiter, and one reset does', async () => {
  const latch = new Latch();
  latch.set();
  await latch.wait();
  latch.reset();
  let passed = false;
  const waiting = latch.wait().then(() => {
    passed = true;
  });
  await Promise.resolve();
  expect(passed).toBe(false);
  latch.set();
  await waiting;
  expect(passed).toBe(true);
});
