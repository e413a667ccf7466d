import type { TrackRequest } from '@txtrail/protocol';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { rigChain } from '../../test/harness/stages-rig.ts';
import { EvmRawDecoder } from '../adapters/evm/evm-raw-decoder.ts';
import { buildChange, buildTrack, ChainDirectory, type TrackRecord } from './registration-builder.ts';

const account = privateKeyToAccount('0x2222222222222222222222222222222222222222222222222222222222222222');
const from = account.address.toLowerCase();
const polygon = { ...rigChain, chain: 'eip155:137', name: 'polygon', chainId: 137, confirmations: 64, thresholds: [3] };
const unnamed = { ...rigChain, chain: 'eip155:31337', name: null, confirmations: 'finalized' as const };
const chains = new ChainDirectory([rigChain, polygon, unnamed]);
const deps = { chains, decoder: new EvmRawDecoder(), requestId: 'r-1' };
const hash = `0x${'ab'.repeat(32)}`;

async function rawOf(change: { readonly chainId?: number; readonly nonce?: number } = {}): Promise<`0x${string}`> {
  return account.signTransaction({
    type: 'eip1559',
    chainId: 1,
    nonce: 7,
    to: '0x00000000000000000000000000000000000000aa',
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
    ...change,
  });
}

function built(request: Partial<TrackRequest>): TrackRecord {
  const one = buildTrack('acme', { chain: 'ethereum', hash, ...request } as TrackRequest, deps);
  if (one.outcome === 'refused') throw new Error(one.detail);
  return one.record;
}

/** The code, and where each mistake stands. */
function refusal(request: Partial<TrackRequest>): readonly string[] {
  const one = buildTrack('acme', { chain: 'ethereum', ...request } as TrackRequest, deps);
  if (one.outcome !== 'refused') throw new Error('it was built');
  expect(one.detail).not.toBe('');
  for (const { message } of one.errors ?? []) expect(message).not.toBe('');
  return [one.code, ...(one.errors ?? []).map(({ path }) => path)];
}

describe('what is filled in', () => {
  test('defaults come from the chain, and nothing counts as asked for', () => {
    expect(built({})).toEqual({
      kind: 'track',
      requestId: 'r-1',
      tenant: 'acme',
      subscriber: 'default',
      id: expect.stringMatching(/^tx_[0-9a-f]{32}$/),
      chain: 'eip155:1',
      hash,
      options: {
        confirmations: 5,
        thresholds: [1, 3],
        types: null,
        private: false,
        expiresAtMs: null,
        metadata: null,
      },
      given: [],
      details: null,
      claimed: { from: null, nonce: null },
      raw: null,
    });
    expect(built({ chain: 'polygon' }).options).toMatchObject({ confirmations: 64, thresholds: [3] });
    expect(built({ chain: 'eip155:31337' }).options).toMatchObject({ confirmations: 'finalized', thresholds: [1, 3] });
  });

  test('what is asked for is kept, in one form, and named', () => {
    const record = built({
      subscriber: 'alice',
      confirmations: 9,
      thresholds: [8, 2, 8],
      types: ['transaction.safe', 'transaction.included', 'transaction.safe'],
      from: account.address,
      nonce: 0,
      private: true,
      expiresAt: '2030-01-31T13:00:00+01:00',
      metadata: { order: 1 },
    });
    expect(record.options).toEqual({
      confirmations: 9,
      thresholds: [2, 8],
      types: ['transaction.included', 'transaction.safe'],
      private: true,
      expiresAtMs: Date.UTC(2030, 0, 31, 12),
      metadata: { order: 1 },
    });
    expect(record.given).toEqual(['confirmations', 'thresholds', 'types', 'private', 'expiresAtMs', 'metadata']);
    expect(record.claimed).toEqual({ from, nonce: 0 });
  });

  test('an upper-case hash, and the preset name or the CAIP-2 id of its chain, are the same transaction', () => {
    const { id } = built({});
    expect(built({ hash: `0x${'AB'.repeat(32)}` })).toMatchObject({ id, hash });
    expect(built({ chain: 'eip155:1' }).id).toBe(id);
    expect(built({ subscriber: 'alice' }).id).not.toBe(id);
    expect(built({ chain: 'polygon' }).id).not.toBe(id);
    const other = buildTrack('other', { chain: 'ethereum', hash }, deps);
    expect(other.outcome === 'built' && other.record.id !== id).toBe(true);
  });
});

describe('counting', () => {
  test('a threshold at or above the count is a mistake when asked for, each at its place', () => {
    expect(refusal({ hash, confirmations: 3, thresholds: [1, 3, 2, 7] })).toEqual([
      'invalid_request',
      '/thresholds/1',
      '/thresholds/3',
    ]);
    // Against the chain's count too, where the request names none.
    expect(refusal({ hash, thresholds: [5] })).toEqual(['invalid_request', '/thresholds/0']);
    expect(built({ thresholds: [4] }).options.thresholds).toEqual([4]);
  });

  test('and left out when it comes from a default', () => {
    expect(built({ confirmations: 3 }).options.thresholds).toEqual([1]);
    expect(built({ confirmations: 1 }).options.thresholds).toEqual([]);
    expect(built({ confirmations: 4 }).options.thresholds).toEqual([1, 3]);
  });

  test('safe and finalized leave room for any threshold', () => {
    expect(built({ confirmations: 'safe' }).options.thresholds).toEqual([1, 3]);
    expect(built({ confirmations: 'finalized', thresholds: [64, 1_000] }).options.thresholds).toEqual([64, 1_000]);
  });
});

describe('what is refused', () => {
  test('a chain that is not configured, with those that are', () => {
    expect(refusal({ chain: 'sepolia', hash })).toEqual(['unknown_chain', '/chain']);
    expect(buildTrack('acme', { chain: 'eip155:5', hash }, deps)).toMatchObject({
      detail: expect.stringContaining('polygon'),
    });
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(refusal({ chain: name, hash })).toEqual(['unknown_chain', '/chain']);
    }
  });

  test('neither hash nor raw, both, and every other mistake at once', async () => {
    expect(refusal({})).toEqual(['invalid_request', '']);
    expect(refusal({ hash, raw: await rawOf() })).toEqual(['invalid_request', '']);
    expect(refusal({ thresholds: [9], types: ['ping', 'no.such'], expiresAt: 'soon' })).toEqual([
      'invalid_request',
      '',
      '/thresholds/0',
      '/types/1',
      '/expiresAt',
    ]);
  });

  test('a raw transaction that cannot be read, or is for another chain', async () => {
    expect(refusal({ raw: '0x02c0' })).toEqual(['invalid_raw_transaction', '/raw']);
    expect(refusal({ raw: await rawOf({ chainId: 137 }) })).toEqual(['invalid_raw_transaction', '/raw']);
  });

  test('a sender or nonce that the raw transaction contradicts', async () => {
    const raw = await rawOf();
    expect(refusal({ raw, from: `0x${'11'.repeat(20)}` })).toEqual(['invalid_request', '/from']);
    expect(refusal({ raw, nonce: 8 })).toEqual(['invalid_request', '/nonce']);
    expect(refusal({ raw, nonce: 0 })).toEqual(['invalid_request', '/nonce']);
  });
});

test('a raw transaction gives its hash, sender and nonce, in any case of letters', async () => {
  const raw = await rawOf();
  const record = built({ hash: undefined, raw, from: account.address, nonce: 7 });
  expect(record.raw).toBe(raw);
  expect(record.details).toMatchObject({ from, nonce: 7, selfCancel: false });
  const upper = built({ hash: undefined, raw: `0x${raw.slice(2).toUpperCase()}` });
  expect([upper.id, upper.raw]).toEqual([record.id, raw]);
});

describe('changes', () => {
  test('only what is named changes, checked like a registration', () => {
    expect(buildChange({}, { confirmations: 5 })).toEqual({ changes: {} });
    expect(
      buildChange(
        { confirmations: 9, thresholds: [8, 6, 8], types: ['ping'], expiresAt: null, metadata: null },
        { confirmations: 5 },
      ),
    ).toEqual({
      changes: { confirmations: 9, thresholds: [6, 8], types: ['ping'], expiresAtMs: null, metadata: null },
    });
  });

  test('thresholds are held against the count that will stand', () => {
    expect(buildChange({ thresholds: [5] }, { confirmations: 5 })).toMatchObject({
      outcome: 'refused',
      code: 'invalid_request',
      errors: [{ path: '/thresholds/0' }],
    });
    expect(buildChange({ thresholds: [5] }, { confirmations: 'safe' })).toEqual({ changes: { thresholds: [5] } });
    expect(buildChange({ thresholds: [5], confirmations: 6 }, { confirmations: 5 })).toMatchObject({ changes: {} });
    expect(
      buildChange({ confirmations: 2, thresholds: [2], types: ['x'], expiresAt: 'x' }, { confirmations: 5 }),
    ).toMatchObject({ errors: [{ path: '/thresholds/0' }, { path: '/types/0' }, { path: '/expiresAt' }] });
  });
});
