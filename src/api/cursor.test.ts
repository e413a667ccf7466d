import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCursorCodec, eventCursorScope } from './cursor.ts';
import type { CursorScope } from './cursor.ts';

const codec = createCursorCodec(new Uint8Array(32).fill(7));

const scopes = fc.oneof(
  fc.record({ tenant: fc.string(), subscriber: fc.option(fc.string({ minLength: 1 })) }).map(eventCursorScope),
  fc.record({ kind: fc.constant('history' as const), tenant: fc.string(), subject: fc.string() }),
);

test('a cursor gives back its place to the scope that it was issued for, and to no other', () => {
  fc.assert(
    fc.property(scopes, scopes, fc.maxSafeNat(), (scope, other, place) => {
      const cursor = codec.encode(scope, place);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]{35}$/);
      expect(codec.decode(scope, cursor)).toBe(place);
      if (JSON.stringify(scope) !== JSON.stringify(other)) expect(codec.decode(other, cursor)).toBeNull();
    }),
  );
});

test('tenant and subject cannot be shifted into one another (I11)', () => {
  const one: CursorScope = { kind: 'subscriber_events', tenant: 'ab', subject: 'c' };
  const two: CursorScope = { kind: 'subscriber_events', tenant: 'a', subject: 'bc' };
  expect(codec.decode(two, codec.encode(one, 5))).toBeNull();
});

test('a cursor with any bit changed, of another secret, garbage or another spelling is not one of ours (F47)', () => {
  const scope = eventCursorScope({ tenant: 'default', subscriber: 'alice' });
  const cursor = codec.encode(scope, 41);
  const bytes = Buffer.from(cursor, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(codec.decode(scope, changed.toString('base64url'))).toBeNull();
  }
  expect(createCursorCodec(new Uint8Array(32)).decode(scope, cursor)).toBeNull();
  for (const garbage of [
    '',
    'x',
    `${cursor}=`,
    `${cursor}A`,
    ` ${cursor}`,
    cursor.slice(0, -1),
    '💥',
    '../..',
    cursor.toUpperCase(),
  ]) {
    expect(codec.decode(scope, garbage)).toBeNull();
  }
});

test('the signature is HMAC-SHA256 of the head, cut to 16 bytes', () => {
  const secret = new Uint8Array(32).fill(7);
  const key = createHmac('sha256', secret).update('subscriber_events:7:default5:alice').digest();
  const bytes = Buffer.from(
    codec.encode(eventCursorScope({ tenant: 'default', subscriber: 'alice' }), 41),
    'base64url',
  );
  const signature = createHmac('sha256', key).update(bytes.subarray(0, 10)).digest();
  expect(bytes.subarray(10)).toEqual(signature.subarray(0, 16));
});
