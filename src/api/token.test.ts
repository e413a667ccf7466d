import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fakeCredentials } from '../../test/harness/gateway-fixture.ts';
import { createAuthenticator } from './authentication.ts';
import { createCursorCodec } from './cursor.ts';
import { createTokenCodec, tokenPrefix } from './token.ts';

const { cursorSecret } = fakeCredentials;
const codec = createTokenCodec(cursorSecret);
const grant = { tenant: 'default', subscriber: 'älice “1”', expiresAtMs: 1_800_000_000_000 };

test('a token gives back what was granted, also from another process with the same secret', () => {
  const token = codec.encode(grant);
  expect(token).toMatch(/^txs_[\w-]+\.[\w-]{43}$/);
  expect(codec.decode(token)).toEqual(grant);
  expect(createTokenCodec(cursorSecret).decode(token)).toEqual(grant);
});

test('the longest subscriber fits into a frame and a URL', () => {
  const subscriber = '漢'.repeat(128);
  const token = codec.encode({ ...grant, subscriber });
  expect(token.length).toBeLessThan(1024);
  expect(codec.decode(token)?.subscriber).toBe(subscriber);
});

test('another installation takes none of ours', () => {
  const other = createTokenCodec(createHash('sha256').update('another secret').digest());
  expect(other.decode(codec.encode(grant))).toBeNull();
});

test('a change of any character is found out', () => {
  const token = codec.encode(grant);
  for (let at = 0; at < token.length; at += 1) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    expect(codec.decode(changed), `character ${at}`).toBeNull();
  }
});

test.each([
  ['the empty string', ''],
  ['the prefix alone', tokenPrefix],
  ['no signature', codec.encode(grant).split('.')[0]!],
  ['a padded spelling', `${codec.encode(grant)}=`],
  ['a second dot', `${codec.encode(grant)}.x`],
  ['a cut signature', codec.encode(grant).slice(0, -2)],
  ['a cursor', createCursorCodec(cursorSecret).encode({ kind: 'tenant_events', tenant: 'default', subject: null }, 1)],
  ['a very long text', `${tokenPrefix}${'a'.repeat(10_000)}.${'a'.repeat(43)}`],
])('%s is no token', (_name, text) => {
  expect(codec.decode(text)).toBeNull();
});

describe('who calls', () => {
  let nowMs = 1_000_000;
  const authenticator = createAuthenticator({
    credentials: fakeCredentials,
    clock: { now: () => nowMs, monotonic: () => nowMs },
  });

  test('a token lasts until its end and not a millisecond longer', () => {
    const { token, expiresAtMs } = authenticator.grant('default', 'alice', 60_000);
    expect(expiresAtMs).toBe(nowMs + 60_000);
    nowMs += 59_999;
    const caller = { tenant: 'default', subscriber: 'alice', expiresAtMs };
    expect(authenticator.authenticate(token)).toEqual({ kind: 'caller', caller });
    expect(authenticator.authenticateToken(token)).toEqual({ kind: 'caller', caller });
    nowMs += 1;
    expect(authenticator.authenticate(token)).toEqual({ kind: 'expired' });
    expect(authenticator.authenticateToken(token)).toEqual({ kind: 'expired' });
  });
});
