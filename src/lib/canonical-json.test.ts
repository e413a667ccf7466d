import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test('the order of members makes no difference, that of lists does', () => {
  const value = { b: [{ d: 1, c: null }, 2], a: { z: 'ü', y: undefined } };
  const turned = { a: { y: undefined, z: 'ü' }, b: [{ c: null, d: 1 }, 2] };
  expect(canonicalJson(value)).toBe('{"a":{"z":"ü"},"b":[{"c":null,"d":1},2]}');
  expect(canonicalJson(turned)).toBe(canonicalJson(value));
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
});
