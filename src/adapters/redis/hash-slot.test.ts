import { expect, test } from 'vitest';
import { hashSlot } from './hash-slot.ts';

test.each([
  // Values of the cluster specification and of CLUSTER KEYSLOT.
  ['123456789', 12_739],
  ['foo', 12_182],
  ['{foo}bar', 12_182],
  ['a{foo}b{bar}', 12_182],
  ['', 0],
])('the slot of %s is %i', (key, slot) => {
  expect(hashSlot(key)).toBe(slot);
});

test('empty braces, and one that is not closed, hash the whole key', () => {
  expect(hashSlot('{}foo')).not.toBe(hashSlot('foo'));
  expect(hashSlot('{foo')).not.toBe(hashSlot('foo'));
});
