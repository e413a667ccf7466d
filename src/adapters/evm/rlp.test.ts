import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sharedData } from '../../../test/harness/shared-data.ts';
import { decodeRlp, encodeRlp, rlpDepthLimit, rlpInteger } from './rlp.ts';
import type { RlpItem } from './rlp.ts';

const { tree } = fc.letrec<{ tree: RlpItem }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, fc.uint8Array({ maxLength: 70 }), fc.array(tie('tree'), { maxLength: 5 })),
}));

function hex(item: RlpItem): unknown {
  return item instanceof Uint8Array ? Buffer.from(item).toString('hex') : item.map(hex);
}

test('what is encoded is decoded to the same', () => {
  fc.assert(
    fc.property(tree, (item) => {
      const decoded = decodeRlp(encodeRlp(item));
      expect(decoded.ok && hex(decoded.item)).toEqual(hex(item));
    }),
  );
});

test('bytes that decode are the only encoding of their item', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const decoded = decodeRlp(bytes);
      if (decoded.ok) expect(Buffer.from(encodeRlp(decoded.item)).equals(bytes)).toBe(true);
      else expect(decoded.offset).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['', 'the item is missing'],
  ['8100', 'a single byte below 0x80 must stand for itself'],
  ['83aabb', 'the item is cut short'],
  ['b800', 'the length has a leading zero'],
  ['b801ff', 'a length below 56 must be in the first byte'],
  ['b9', 'the length is cut short'],
  ['bfffffffffffffffff', 'the item is cut short'],
  ['c28100', 'a single byte below 0x80 must stand for itself'],
  ['c183', 'the item is cut short'],
  ['8080', 'bytes follow after the end of the item'],
])('%s is refused: %s', (bytes, message) => {
  expect(decodeRlp(Buffer.from(bytes, 'hex'))).toMatchObject({ ok: false, message });
});

test('lists that nest too deep are refused before the stack gives out', () => {
  let nested: RlpItem = [];
  for (let depth = 0; depth <= rlpDepthLimit; depth += 1) nested = [nested];
  expect(decodeRlp(encodeRlp(nested))).toMatchObject({ ok: false, message: `lists nest deeper than ${rlpDepthLimit}` });
});

test('an integer has no leading zero and zero has no bytes', () => {
  expect(rlpInteger(0)).toHaveLength(0);
  expect([...rlpInteger(256n)]).toEqual([1, 0]);
  expect([...rlpInteger(127)]).toEqual([127]);
});

const vectors = sharedData('ethers/testcases/rlp.json.gz');
if (vectors === null) console.warn('SKIPPED: recorded RLP vectors are absent');

test.skipIf(vectors === null)('recorded vectors encode and decode', () => {
  type Nested = string | readonly Nested[];
  const cases = JSON.parse(gunzipSync(readFileSync(vectors ?? '')).toString()) as readonly {
    encoded: string;
    decoded: Nested;
  }[];
  const item = (nested: Nested): RlpItem =>
    typeof nested === 'string' ? Uint8Array.from(Buffer.from(nested.slice(2), 'hex')) : nested.map(item);
  expect(cases.length).toBeGreaterThan(20);
  for (const { encoded, decoded } of cases) {
    expect(Buffer.from(encodeRlp(item(decoded))).toString('hex')).toBe(encoded.slice(2));
    const result = decodeRlp(Buffer.from(encoded.slice(2), 'hex'));
    expect(result.ok && hex(result.item)).toEqual(hex(item(decoded)));
  }
});
