import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest128 } from './digest.ts';

test('never changes: ids of what is stored are made of it', () => {
  expect(digest128('a', 'bc')).toBe('5310a58788781ab25d5ad7c3f8503582');
  expect(digest128('grüße')).toHaveLength(32);
});

test('parts are told apart by where they end', () => {
  expect(digest128('ab', 'c')).not.toBe(digest128('a', 'bc'));
  expect(digest128('a', '')).not.toBe(digest128('a'));
  expect(digest128('1:a')).not.toBe(digest128('a'));
  const parts = fc.array(fc.string(), { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(digest128(...left) === digest128(...right)).toBe(isSame);
    }),
  );
});
