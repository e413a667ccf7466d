import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameJson } from './same-json.ts';

/** The same value with the keys of every object turned round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

test('the order of keys says nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: true }), (value) => {
      const copy: unknown = JSON.parse(JSON.stringify(value));
      expect(sameJson(copy, JSON.parse(JSON.stringify(turned(copy))))).toBe(true);
    }),
  );
});

test('everything else does', () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [1, '1'],
    [null, {}],
    [null, 0],
    [[], {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2]],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
    [JSON.parse('{"__proto__":1}'), { a: 1 }],
    [{ toString: 1 }, {}],
  ];
  for (const [left, right] of pairs) {
    expect([sameJson(left, right), sameJson(right, left)]).toEqual([false, false]);
  }
});
