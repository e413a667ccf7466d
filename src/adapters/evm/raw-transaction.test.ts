import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { hash } from 'node:crypto';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { parseGwei } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { sharedData } from '../../../test/harness/shared-data.ts';
import { callDigestOf } from './call-digest.ts';
import { decodeRawTransaction } from './raw-transaction.ts';
import type { RawTransaction } from './raw-transaction.ts';
import { decodeRlp, encodeRlp, rlpInteger } from './rlp.ts';
import type { RlpItem, RlpList } from './rlp.ts';
import { recoverAuthority } from './transaction-signature.ts';

const account = privateKeyToAccount('0x1111111111111111111111111111111111111111111111111111111111111111');
const sender = account.address.toLowerCase();
const recipient = '0x00000000000000000000000000000000000000aa';
const commitment = Buffer.alloc(48, 7);
const versionedHash = `0x01${hash('sha256', commitment, 'hex').slice(2)}` as const;

const dynamic = {
  chainId: 5,
  nonce: 9,
  to: recipient,
  value: 3n,
  maxFeePerGas: parseGwei('2'),
  maxPriorityFeePerGas: 1n,
  gas: 21_000n,
} as const;

function ok(raw: string): RawTransaction {
  const decoded = decodeRawTransaction(raw);
  if (!decoded.ok) throw new Error(`refused: ${decoded.reason.code}: ${decoded.reason.message}`);
  return decoded.transaction;
}

function refusal(raw: string): string {
  const decoded = decodeRawTransaction(raw);
  return decoded.ok ? 'accepted' : decoded.reason.code;
}

/** Signed by viem, which is independent of what is tested. */
async function samples(): Promise<Readonly<Record<string, string>>> {
  const authorization = await account.signAuthorization({ chainId: 5, nonce: 10, address: recipient });
  return {
    legacy: await account.signTransaction({
      type: 'legacy',
      chainId: 5,
      nonce: 9,
      to: recipient,
      value: 3n,
      gasPrice: 7n,
      gas: 21_000n,
      data: '0x0102',
    }),
    accessList: await account.signTransaction({
      type: 'eip2930',
      chainId: 5,
      nonce: 9,
      to: recipient,
      gasPrice: 7n,
      gas: 21_000n,
      accessList: [{ address: recipient, storageKeys: [versionedHash] }],
    }),
    dynamic: await account.signTransaction({ type: 'eip1559', ...dynamic }),
    blob: await account.signTransaction({
      type: 'eip4844',
      ...dynamic,
      maxFeePerBlobGas: 4n,
      blobVersionedHashes: [versionedHash],
    }),
    setCode: await account.signTransaction({ type: 'eip7702', ...dynamic, authorizationList: [authorization] }),
  };
}

describe('a signed transaction of every type', async () => {
  const raws = await samples();

  test.each(Object.keys(raws))('%s: sender, nonce, chain and call are read', (name) => {
    const transaction = ok(raws[name] ?? '');
    expect(transaction.details).toMatchObject({ from: sender, nonce: 9, to: recipient, selfCancel: false });
    expect(transaction.chainId).toBe(5);
    expect(transaction.gas.gasLimit).toBe('21000');
  });

  test('gas fields are decimal strings and the type tells which there are', () => {
    expect(ok(raws['legacy'] ?? '').gas).toEqual({
      gasLimit: '21000',
      gasPrice: '7',
      maxFeePerGas: null,
      maxPriorityFeePerGas: null,
      maxFeePerBlobGas: null,
    });
    expect(ok(raws['blob'] ?? '').gas).toEqual({
      gasLimit: '21000',
      gasPrice: null,
      maxFeePerGas: '2000000000',
      maxPriorityFeePerGas: '1',
      maxFeePerBlobGas: '4',
    });
  });

  test('an authorization gives its authority (H63)', () => {
    const { authorizations } = ok(raws['setCode'] ?? '');
    expect(authorizations).toMatchObject([{ chainId: '5', nonce: '10', address: recipient }]);
    expect(authorizations.map(recoverAuthority)).toEqual([sender]);
  });

  test('the call digest follows recipient, value and data alone', () => {
    expect(ok(raws['dynamic'] ?? '').details.callDigest).toBe(callDigestOf(recipient, 3n, '0x'));
    expect(ok(raws['setCode'] ?? '').details.callDigest).toBe(ok(raws['dynamic'] ?? '').details.callDigest);
    expect(ok(raws['legacy'] ?? '').details.callDigest).not.toBe(ok(raws['dynamic'] ?? '').details.callDigest);
  });

  test.each(Object.keys(raws))('%s: every truncation is refused', (name) => {
    const raw = raws[name] ?? '';
    for (let end = 0; end < raw.length; end += 1) expect(refusal(raw.slice(0, end))).not.toBe('accepted');
    expect(refusal(`${raw}00`)).toBe('not_canonical_rlp');
  });

  test.each(Object.keys(raws))('%s: a flipped bit is refused or tells of another transaction', (name) => {
    const raw = raws[name] ?? '';
    const whole = ok(raw);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: (raw.length - 2) * 4 - 1 }), (bit) => {
        const bytes = Buffer.from(raw.slice(2), 'hex');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const decoded = decodeRawTransaction(`0x${bytes.toString('hex')}`);
        if (!decoded.ok) return decoded.reason.message.length > 0;
        return decoded.transaction.hash !== whole.hash && decoded.transaction.details.from !== sender;
      }),
      { numRuns: 150 },
    );
  });

  test('the network form of a blob transaction has the hash of the bare form, version 0 and 1', () => {
    const bare = raws['blob'] ?? '';
    for (const version of [0, 1] as const) {
      const wrapped = ok(wrap(bare, version, [commitment]));
      expect(wrapped).toMatchObject({ hash: ok(bare).hash, sidecar: { version, blobs: 1 } });
      expect(wrapped.details.from).toBe(sender);
    }
    expect(ok(bare).sidecar).toBeNull();
  });

  test('a sidecar that does not fit is refused', () => {
    const bare = raws['blob'] ?? '';
    expect(refusal(wrap(bare, 0, [Buffer.alloc(48, 8)]))).toBe('bad_sidecar');
    expect(refusal(wrap(bare, 0, [commitment, commitment]))).toBe('bad_sidecar');
    expect(refusal(wrap(bare, 1, [commitment], 1))).toBe('bad_sidecar');
    expect(refusal(wrap(bare, 2, [commitment]))).toBe('bad_sidecar');
  });
});

function wrap(bare: string, version: number, commitments: readonly Uint8Array[], proofs?: number): string {
  const body = decodeRlp(Buffer.from(bare.slice(4), 'hex'));
  if (!body.ok) throw new Error(body.message);
  const count = proofs ?? (version === 0 ? 1 : 128) * commitments.length;
  const parts: RlpItem[] = [
    body.item,
    ...(version === 0 ? [] : [rlpInteger(version)]),
    commitments.map(() => new Uint8Array(131_072)),
    commitments,
    Array.from({ length: count }, () => new Uint8Array(48)),
  ];
  return `0x03${Buffer.from(encodeRlp(parts)).toString('hex')}`;
}

/** Re-encodes a typed transaction with one of its fields exchanged. */
function withField(raw: string, place: number, value: RlpItem): string {
  const decoded = decodeRlp(Buffer.from(raw.slice(4), 'hex'));
  if (!decoded.ok) throw new Error(decoded.message);
  const items = [...(decoded.item as RlpList)];
  items[place] = value;
  return `${raw.slice(0, 4)}${Buffer.from(encodeRlp(items)).toString('hex')}`;
}

describe('what is refused, and why', async () => {
  const raws = await samples();
  const dynamicRaw = raws['dynamic'] ?? '';

  test('a transaction that names no chain (H86)', async () => {
    const raw = await account.signTransaction({ type: 'legacy', nonce: 0, to: recipient, gasPrice: 1n, gas: 21_000n });
    expect(refusal(raw)).toBe('not_replay_protected');
  });

  test.each([
    ['', 'not_hex'],
    ['0x', 'not_hex'],
    ['0x0', 'not_hex'],
    ['f86c', 'not_hex'],
    ['0xzz', 'not_hex'],
    ['0x00', 'unsupported_type'],
    ['0x05c0', 'unsupported_type'],
    ['0x7fc0', 'unsupported_type'],
    ['0xc0', 'wrong_shape'],
    ['0x02c0', 'wrong_shape'],
    ['0x0280', 'wrong_shape'],
    ['0x02', 'not_canonical_rlp'],
    [`0x02${'c1'.repeat(200)}`, 'not_canonical_rlp'],
  ])('%s is %s', (raw, code) => {
    expect(refusal(raw)).toBe(code);
  });

  test('a huge text, without decoding it', () => {
    expect(refusal(`0x${'00'.repeat(4 * 1024 * 1024 + 1)}`)).toBe('too_large');
  });

  test.each([
    ['chainId 0', 0, new Uint8Array(0), 'bad_field'],
    ['chainId beyond 2^53', 0, new Uint8Array(8).fill(255), 'bad_field'],
    ['a nonce with a leading zero', 1, Uint8Array.of(0, 1), 'bad_field'],
    ['a nonce of nine bytes', 1, new Uint8Array(9).fill(1), 'bad_field'],
    ['a nonce that JSON cannot carry', 1, new Uint8Array(8).fill(255), 'bad_field'],
    ['a list as nonce', 1, [], 'wrong_shape'],
    ['a fee of 33 bytes', 3, new Uint8Array(33).fill(1), 'bad_field'],
    ['a recipient of 19 bytes', 5, new Uint8Array(19), 'bad_field'],
    ['an access list that is a string', 8, new Uint8Array(1), 'wrong_shape'],
    ['an access list entry of one part', 8, [[new Uint8Array(20)]], 'wrong_shape'],
    ['a storage key of 31 bytes', 8, [[new Uint8Array(20), [new Uint8Array(31)]]], 'bad_field'],
    ['yParity 2', 9, Uint8Array.of(2), 'bad_signature'],
    ['r = 0', 10, new Uint8Array(0), 'bad_signature'],
    ['s = 0', 11, new Uint8Array(0), 'bad_signature'],
  ])('%s', (_name, place, value, code) => {
    expect(refusal(withField(dynamicRaw, place, value as RlpItem))).toBe(code);
  });

  test('the twin of a signature with a high s (EIP-2)', () => {
    const { signature } = ok(dynamicRaw);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const twin = withField(
      withField(dynamicRaw, 11, rlpInteger(order - signature.s)),
      9,
      rlpInteger(1 - signature.yParity),
    );
    expect(refusal(twin)).toBe('bad_signature');
  });

  test('no recipient in a blob or a set-code transaction; no hashes; no authorizations', () => {
    expect(refusal(withField(raws['blob'] ?? '', 5, new Uint8Array(0)))).toBe('bad_field');
    expect(refusal(withField(raws['setCode'] ?? '', 5, new Uint8Array(0)))).toBe('bad_field');
    expect(refusal(withField(raws['blob'] ?? '', 10, []))).toBe('bad_field');
    expect(refusal(withField(raws['blob'] ?? '', 10, [new Uint8Array(32)]))).toBe('bad_field');
    expect(refusal(withField(raws['setCode'] ?? '', 9, []))).toBe('bad_field');
  });

  test('an authorization that nobody signed does not spoil its transaction', async () => {
    const authorization = {
      chainId: 5,
      nonce: 1,
      address: recipient,
      r: versionedHash,
      s: versionedHash,
      yParity: 7,
    } as const;
    const raw = await account.signTransaction({
      type: 'eip7702',
      ...dynamic,
      authorizationList: [{ ...authorization, yParity: 0, s: `0x${'f'.repeat(64)}` }],
    });
    expect(ok(raw).authorizations.map(recoverAuthority)).toEqual([null]);
  });

  test('anything at all gives a value, never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array({ maxLength: 300 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
        ),
        (raw) => {
          expect(typeof decodeRawTransaction(raw).ok).toBe('boolean');
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('recorded transactions', () => {
  const vectors = sharedData('ethers/testcases/transactions.json.gz');
  const transcripts = sharedData('execution-apis/tests/eth_sendRawTransaction');
  if (vectors === null || transcripts === null) console.warn('SKIPPED: recorded transactions are absent');

  test.skipIf(vectors === null)(
    'every vector is decoded to its sender and fields, or refused for a reason it has',
    () => {
      const cases = JSON.parse(gunzipSync(readFileSync(vectors ?? '')).toString()) as readonly VectorCase[];
      let accepted = 0;
      // Recovering a sender costs about a millisecond; every seventh case keeps each type in the hundreds.
      for (const vector of cases.filter((_, index) => index % 7 === 0)) {
        const from = privateKeyToAccount(vector.privateKey).address.toLowerCase();
        for (const raw of [vector.signedEip155, vector.signedBerlin, vector.signedLondon, vector.signedCancun]) {
          if (raw === '' || raw === undefined) continue;
          const decoded = decodeRawTransaction(raw);
          if (decoded.ok) {
            accepted += 1;
            expectFields(decoded.transaction, vector, from);
          } else
            expect(hasReason(vector, decoded.reason.message), `${vector.name}: ${decoded.reason.message}`).toBe(true);
        }
        expect(refusal(vector.signedLegacy)).toBe('not_replay_protected');
      }
      expect(accepted).toBeGreaterThan(500);
    },
  );

  const blocks = sharedData('execution-apis/tests/chain.rlp');

  test.skipIf(blocks === null)(
    'the transactions of a recorded chain have the hashes and senders that geth tells',
    () => {
      const told = new Map(
        recordedTransactions(`${dirname(blocks ?? '')}/eth_getTransactionByHash`).map((one) => [one.hash, one]),
      );
      const seen = new Set<string>();
      for (const raw of transactionsOfChain(readFileSync(blocks ?? ''))) {
        const decoded = decodeRawTransaction(raw);
        if (!decoded.ok) {
          expect(decoded.reason.code).toBe('not_replay_protected');
          continue;
        }
        const { hash, details, type } = decoded.transaction;
        const same = told.get(hash);
        if (same === undefined) continue;
        expect([details.from, details.nonce, type]).toEqual([same.from, Number(same.nonce), Number(same.type)]);
        seen.add(same.type);
      }
      expect([...seen].sort()).toEqual(expect.arrayContaining(['0x1', '0x2', '0x3', '0x4']));
    },
  );

  test.skipIf(transcripts === null)('what geth took has the hash that geth gave', () => {
    const files = readdirSync(transcripts ?? '').filter((name) => name.endsWith('.io'));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const lines = readFileSync(`${transcripts}/${file}`, 'utf8').split('\n');
      const read = (mark: string) =>
        JSON.parse((lines.find((line) => line.startsWith(mark)) ?? '').slice(3)) as Transcript;
      expect(ok(read('>>').params[0] ?? '').hash, file).toBe(read('<<').result);
    }
  });
});

interface Transcript {
  readonly params: readonly string[];
  readonly result: string;
}

interface RecordedTransaction {
  readonly hash: string;
  readonly from: string;
  readonly nonce: string;
  readonly type: string;
}

function recordedTransactions(folder: string): readonly RecordedTransaction[] {
  return readdirSync(folder).flatMap((file) => {
    const line = readFileSync(`${folder}/${file}`, 'utf8')
      .split('\n')
      .find((text) => text.startsWith('<< '));
    const { result } = JSON.parse((line ?? '').slice(3)) as { readonly result: RecordedTransaction | null };
    return result ?? [];
  });
}

/** A chain file is its blocks one after another; in a list of them each block is [header, transactions, …]. */
function transactionsOfChain(file: Uint8Array): readonly string[] {
  const size = rlpInteger(file.length);
  const list = decodeRlp(Buffer.concat([Uint8Array.of(0xf7 + size.length), size, file]));
  if (!list.ok) throw new Error(list.message);
  return (list.item as RlpList).flatMap((block) =>
    ((block as RlpList)[1] as RlpList).map((item) => {
      const bytes = item instanceof Uint8Array ? item : encodeRlp(item);
      return `0x${Buffer.from(bytes).toString('hex')}`;
    }),
  );
}

interface VectorCase {
  readonly name: string;
  readonly privateKey: `0x${string}`;
  readonly transaction: {
    readonly to?: string;
    readonly nonce?: number;
    readonly value?: string;
    readonly data?: string;
    readonly chainId?: string;
    readonly blobVersionedHashes?: readonly string[];
  };
  readonly signedLegacy: string;
  readonly signedEip155: string;
  readonly signedBerlin: string;
  readonly signedLondon: string;
  readonly signedCancun?: string;
}

function expectFields(decoded: RawTransaction, { transaction }: VectorCase, from: string): void {
  expect(decoded.details.from).toBe(from);
  expect(decoded.details.to).toBe(transaction.to?.toLowerCase() ?? null);
  expect(decoded.details.nonce).toBe(transaction.nonce ?? 0);
  expect(decoded.chainId).toBe(Number(transaction.chainId));
  expect(decoded.input).toBe((transaction.data ?? '0x').toLowerCase());
  expect(BigInt(decoded.value)).toBe(BigInt(transaction.value ?? 0));
}

function hasReason({ transaction }: VectorCase, message: string): boolean {
  if (message.startsWith('chainId is 0')) return Number(transaction.chainId ?? 0) === 0;
  if (message === 'blobVersionedHashes is empty') return (transaction.blobVersionedHashes ?? []).length === 0;
  if (message.startsWith('to must be an address')) return transaction.to === undefined;
  return false;
}
