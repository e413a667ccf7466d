import { expect, test } from 'vitest';
import { KeyedListeners } from './keyed-listeners.ts';

test('calls those under the key, in their order', () => {
  const listeners = new KeyedListeners();
  const calls: string[] = [];
  listeners.listen('a', () => calls.push('a1'));
  listeners.listen('b', () => calls.push('b'));
  listeners.listen('a', () => calls.push('a2'));
  listeners.call('a');
  listeners.call('nobody');
  expect(calls).toEqual(['a1', 'a2']);
});

test('a function that listens twice leaves once at a time, and the last one takes the key with it', () => {
  const listeners = new KeyedListeners();
  let calls = 0;
  const listener = (): void => {
    calls += 1;
  };
  const leave = listeners.listen('a', listener);
  const leaveToo = listeners.listen('a', listener);
  leave();
  leave();
  listeners.call('a');
  expect([calls, listeners.size]).toEqual([1, 1]);
  leaveToo();
  listeners.call('a');
  expect([calls, listeners.size, listeners.keys()]).toEqual([1, 0, []]);
});

test('one may leave while it is called', () => {
  const listeners = new KeyedListeners();
  const calls: string[] = [];
  const leave = listeners.listen('a', () => {
    calls.push('first');
    leave();
  });
  listeners.listen('a', () => calls.push('second'));
  listeners.call('a');
  listeners.call('a');
  expect(calls).toEqual(['first', 'second', 'second']);
});
