import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { callDetailsOf, callDigestOf, isSelfCancel } from './call-digest.ts';

const one = '0x00000000000000000000000000000000000000Aa';
const two = '0x00000000000000000000000000000000000000bb';

test('the digest is the first half of SHA-256 over recipient, value and data', () => {
  const bytes = Buffer.concat([
    Buffer.of(1),
    Buffer.from(one.slice(2), 'hex'),
    Buffer.alloc(31),
    Buffer.of(5),
    Buffer.of(0xca, 0xfe),
  ]);
  expect(callDigestOf(one, 5n, '0xCAFE')).toBe(createHash('sha256').update(bytes).digest('hex').slice(0, 32));
});

test('equal calls have equal digests whatever the case of letters; others differ', () => {
  const digest = callDigestOf(one, 5n, '0xcafe');
  expect(callDigestOf(one.toLowerCase(), 5n, '0xCafe')).toBe(digest);
  const others = [
    callDigestOf(two, 5n, '0xcafe'),
    callDigestOf(one, 6n, '0xcafe'),
    callDigestOf(one, 5n, '0xcaff'),
    callDigestOf(null, 5n, '0xcafe'),
  ];
  expect(new Set([digest, ...others]).size).toBe(5);
});

test('a creation is not a call to the zero address', () => {
  expect(callDigestOf(null, 0n, '0x')).not.toBe(callDigestOf(`0x${'0'.repeat(40)}`, 0n, '0x'));
});

test('a cancellation goes to its own sender with no value', () => {
  expect(isSelfCancel(one, one.toLowerCase(), 0n)).toBe(true);
  expect(isSelfCancel(one, one, 1n)).toBe(false);
  expect(isSelfCancel(one, two, 0n)).toBe(false);
  expect(isSelfCancel(one, null, 0n)).toBe(false);
});

test('details come in lower case', () => {
  expect(callDetailsOf({ from: one, nonce: 1, to: one, value: 0n, input: '0x' })).toEqual({
    from: one.toLowerCase(),
    nonce: 1,
    to: one.toLowerCase(),
    callDigest: callDigestOf(one, 0n, '0x'),
    selfCancel: true,
  });
});
