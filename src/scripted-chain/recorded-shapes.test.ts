import { readFileSync } from 'node:fs';
import { keccak256, toRlp } from 'viem';
import { describe, expect, test } from 'vitest';
import { sharedData } from '../../test/harness/shared-data.ts';
import { timestampOf } from './scripted-block.ts';
import { ScriptedChain } from './scripted-chain.ts';
import { ScriptedProvider } from './scripted-provider.ts';

/** What geth answered (recorded) and what a scripted provider answers must have the same fields. */
const recorded = sharedData('execution-apis/tests');
if (recorded === null) console.warn('SKIPPED: recorded answers of geth are absent');

const alice = '0x00000000000000000000000000000000000a11ce';
const bob = '0x0000000000000000000000000000000000000b0b';

type Fields = Readonly<Record<string, unknown>>;

function answerOf(file: string): unknown {
  const lines = readFileSync(`${recorded}/${file}`, 'utf8').split('\n');
  return (JSON.parse((lines.find((line) => line.startsWith('<< ')) ?? '').slice(3)) as Fields)['result'];
}

function setUp() {
  const chain = new ScriptedChain({ chainId: 1337, genesisTimeMs: 0 });
  const provider = new ScriptedProvider({ name: 'main' }, { chain });
  const block = chain.mine({
    transactions: [
      { from: alice, type: 0 },
      { from: alice, type: 1 },
      { from: alice, type: 2 },
      { from: alice, type: 3 },
      { from: alice, type: 4, authorizations: [{ authority: bob, address: alice, nonce: 0 }] },
    ],
  });
  chain.setFinalized(block.hash);
  const ask = (method: string, params: readonly unknown[]): unknown => {
    const { outcome } = provider.answer({ method, params }, 0);
    return outcome !== null && 'result' in outcome ? outcome.result : outcome;
  };
  return { block, ask, hash: (index: number) => block.receipts[index]?.transaction.hash };
}

/** Names and kinds of value, at every depth; lists by their first entry. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return kindOf(value);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]) => [name, shapeOf(field)])
      .sort(),
  );
}

function kindOf(value: unknown): string {
  if (typeof value !== 'string') return value === null ? 'null' : typeof value;
  if (/^0x(0|[1-9a-f][0-9a-f]{0,15})$/.test(value)) return 'quantity';
  return /^0x[0-9a-f]*$/.test(value) ? 'hex' : 'text';
}

const without = (shape: unknown, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(shape as Fields).filter(([name]) => !names.includes(name)));

/** Fields whose digits decide whether they look like a quantity or like data; their presence is compared all the same. */
const ambiguous = ['input', 'value', 'v', 'r', 's', 'to', 'extraData', 'accessList', 'authorizationList'];

describe.skipIf(recorded === null)('the shape of geth', () => {
  test('a block of Prague, with hashes and with bodies', () => {
    const { ask } = setUp();
    const [ours, theirs] = [
      ask('eth_getBlockByNumber', ['latest', true]),
      answerOf('eth_getBlockByNumber/get-latest.io'),
    ];
    expect(Object.keys(ours as Fields).sort()).toEqual(Object.keys(theirs as Fields).sort());
    expect(without(shapeOf(ours), 'transactions', ...ambiguous)).toEqual(
      without(shapeOf(theirs), 'transactions', ...ambiguous),
    );
    expect(ask('eth_getBlockByNumber', ['latest', false])).toMatchObject({
      transactions: [0, 1, 2, 3, 4].map(() => expect.stringMatching(/^0x.{64}$/) as unknown),
    });
  });

  test.each([
    [1, 'access-list'],
    [2, 'dynamic-fee'],
    [3, 'blob-tx'],
    [4, 'setcode-tx'],
  ])('a transaction of type %i', (type, name) => {
    const { ask, hash } = setUp();
    const [ours, theirs] = [
      ask('eth_getTransactionByHash', [hash(type)]),
      answerOf(`eth_getTransactionByHash/get-${name}.io`),
    ];
    expect(Object.keys(ours as Fields).sort()).toEqual(Object.keys(theirs as Fields).sort());
    expect(without(shapeOf(ours), ...ambiguous)).toEqual(without(shapeOf(theirs), ...ambiguous));
  });

  test('a legacy transaction; a protected one names its chain beside', () => {
    const { ask, hash } = setUp();
    const [ours, theirs] = [
      ask('eth_getTransactionByHash', [hash(0)]),
      answerOf('eth_getTransactionByHash/get-legacy-tx.io'),
    ];
    expect(Object.keys(ours as Fields).sort()).toEqual([...Object.keys(theirs as Fields), 'chainId'].sort());
  });

  test.each([
    [2, 'dynamic-fee'],
    [3, 'blob-tx'],
    [4, 'setcode-tx'],
  ])('a receipt of type %i', (type, name) => {
    const { ask, hash } = setUp();
    const [ours, theirs] = [
      ask('eth_getTransactionReceipt', [hash(type)]),
      answerOf(`eth_getTransactionReceipt/get-${name}.io`),
    ];
    expect(without(shapeOf(ours), 'to', 'logs')).toEqual(without(shapeOf(theirs), 'to', 'logs'));
  });

  test('an authorization and a fee history', () => {
    const { ask, hash } = setUp();
    const authorization = (answer: unknown) =>
      Object.keys(((answer as Fields)['authorizationList'] as Fields[])[0] ?? {}).sort();
    expect(authorization(ask('eth_getTransactionByHash', [hash(4)]))).toEqual(
      authorization(answerOf('eth_getTransactionByHash/get-setcode-tx.io')),
    );
    const [ours, theirs] = [
      ask('eth_feeHistory', ['0x1', 'latest', [95, 99]]),
      answerOf('eth_feeHistory/fee-history.io'),
    ];
    expect(shapeOf(ours)).toEqual(shapeOf(theirs));
  });

  test('null for what is not there', () => {
    const { ask } = setUp();
    const unknown = `0x${'0'.repeat(56)}deadbeef`;
    expect(answerOf('eth_getBlockByNumber/get-block-notfound.io')).toBeNull();
    expect(answerOf('eth_getBlockReceipts/get-block-receipts-not-found.io')).toBeNull();
    expect(answerOf('eth_getBlockReceipts/get-block-receipts-future.io')).toBeNull();
    expect(ask('eth_getBlockByNumber', ['0x3e8', true])).toBeNull();
    expect(ask('eth_getBlockReceipts', [unknown])).toBeNull();
    expect(ask('eth_getBlockReceipts', ['0x37'])).toBeNull();
    expect(ask('eth_getBlockReceipts', ['earliest'])).toEqual(
      answerOf('eth_getBlockReceipts/get-block-receipts-earliest.io'),
    );
    expect(ask('eth_getBlockByHash', [unknown, false])).toBeNull();
  });
});

test('the hash of a block is Keccak over its header as it is served', () => {
  const { ask, block } = setUp();
  const header = ask('eth_getBlockByNumber', ['latest', false]) as Readonly<Record<string, `0x${string}`>>;
  const order = [
    'parentHash',
    'sha3Uncles',
    'miner',
    'stateRoot',
    'transactionsRoot',
    'receiptsRoot',
    'logsBloom',
    'difficulty',
    'number',
    'gasLimit',
    'gasUsed',
    'timestamp',
    'extraData',
    'mixHash',
    'nonce',
    'baseFeePerGas',
    'withdrawalsRoot',
    'blobGasUsed',
    'excessBlobGas',
    'parentBeaconBlockRoot',
    'requestsHash',
  ];
  const integers = new Set([
    'difficulty',
    'number',
    'gasLimit',
    'gasUsed',
    'timestamp',
    'baseFeePerGas',
    'blobGasUsed',
    'excessBlobGas',
  ]);
  const item = (name: string): `0x${string}` => {
    const value = header[name] ?? '0x';
    if (!integers.has(name)) return value;
    const digits = BigInt(value) === 0n ? '' : BigInt(value).toString(16);
    return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
  };
  expect(keccak256(toRlp(order.map(item)))).toBe(block.hash);
  expect(Number(header['timestamp'])).toBe(timestampOf(block));
});
