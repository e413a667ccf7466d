import { describe, expect, test } from 'vitest';
import { parseBlock, parseHeader, parseLookup } from './parse-block.ts';
import { parseBlockReceipts, parseReceipt } from './parse-receipt.ts';

const place = { provider: 'main', method: 'eth_getBlockByNumber' };
const hashOf = (digit: string): string => `0x${digit.repeat(64)}`;
const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';

function transaction(index: number, changes: object = {}): object {
  return {
    hash: `0x${(index + 1).toString(16).padStart(64, '0')}`,
    blockHash: hashOf('a'),
    blockNumber: '0x10',
    transactionIndex: `0x${index.toString(16)}`,
    from: `0x${'1'.repeat(40)}`,
    to: `0x${'2'.repeat(40)}`,
    nonce: '0x5',
    value: '0x0',
    input: '0x',
    ...changes,
  };
}

function block(changes: object = {}): object {
  return {
    number: '0x10',
    hash: hashOf('a'),
    parentHash: hashOf('b'),
    timestamp: '0x64',
    transactionsRoot: hashOf('c'),
    transactions: [transaction(0), transaction(1)],
    ...changes,
  };
}

describe('a block', () => {
  test('is read, its hashes in lower case', () => {
    const upper = `0x${'A'.repeat(64)}`;
    const parsed = parseBlock(place, block({ hash: upper }), { number: 16 });
    expect(parsed).toMatchObject({ number: 16, hash: hashOf('a'), parentHash: hashOf('b'), timestampMs: 100_000 });
    expect(parsed.transactions).toMatchObject([{ index: 0, nonce: 5 }, { index: 1 }]);
  });

  test('without transactions only under the empty root (H09, H10)', () => {
    expect(parseBlock(place, block({ transactions: [], transactionsRoot: emptyRoot }), {}).transactions).toEqual([]);
    expect(() => parseBlock(place, block({ transactions: [] }), {})).toThrow('with 0 transactions under the root');
    expect(() => parseBlock(place, block({ transactionsRoot: emptyRoot }), {})).toThrow(
      'with 2 transactions under the root',
    );
  });

  test.each([
    ['null', null],
    ['a string', 'block'],
    ['an array', []],
    ['F13 a number above 2^53', block({ number: '0x20000000000001' })],
    ['a number in decimal', block({ number: 16 })],
    ['an empty quantity', block({ number: '0x' })],
    ['F13 a hash of odd length', block({ hash: `${hashOf('a')}1` })],
    ['a missing parent', block({ parentHash: undefined })],
    ['a timestamp beyond all time', block({ timestamp: '0x1fffffffffffff' })],
    ['no list of transactions', block({ transactions: {} })],
    ['hashes in the place of transactions', block({ transactions: [hashOf('1')] })],
    ['a transaction of another block', block({ transactions: [transaction(0, { blockHash: hashOf('d') })] })],
    ['a transaction without a block', block({ transactions: [transaction(0, { blockHash: null })] })],
    ['a gap in the indexes', block({ transactions: [transaction(0), transaction(2)] })],
    [
      'one transaction twice',
      block({ transactions: [transaction(0), transaction(1, { hash: `0x${'1'.padStart(64, '0')}` })] }),
    ],
    ['a sender that is no address', block({ transactions: [transaction(0, { from: '0x12' })] })],
    ['input of half a byte', block({ transactions: [transaction(0, { input: '0x123' })] })],
    ['a value of more than 256 bits', block({ transactions: [transaction(0, { value: `0x1${'0'.repeat(64)}` })] })],
    ['a nonce above 2^53', block({ transactions: [transaction(0, { nonce: '0xffffffffffffffff' })] })],
  ])('%s is refused as a bad answer', (_name, value) => {
    expect(() => parseBlock(place, value, {})).toThrow(expect.objectContaining({ code: 'provider_bad_answer' }));
  });

  test('must be the one asked for', () => {
    expect(() => parseHeader(place, block(), { number: 17 })).toThrow('block 16 instead of 17');
    expect(() => parseHeader(place, block(), { hash: hashOf('d') })).toThrow('instead of');
  });
});

describe('a lookup', () => {
  const hash = `0x${'1'.padStart(64, '0')}`;

  test('in a block, or in a pool while its block is null', () => {
    expect(parseLookup(place, transaction(0), hash).block).toEqual({ number: 16, hash: hashOf('a'), index: 0 });
    const pending = transaction(0, { blockHash: null, blockNumber: null, transactionIndex: null });
    expect(parseLookup(place, pending, hash)).toMatchObject({ block: null, details: { nonce: 5 } });
    expect(parseLookup(place, transaction(0, { to: null }), hash).details.to).toBeNull();
  });

  test('of another transaction or with half a place is refused', () => {
    expect(() => parseLookup(place, transaction(1), hash)).toThrow('instead of');
    expect(() => parseLookup(place, transaction(0, { blockNumber: null }), hash)).toThrow('a block number');
  });
});

describe('receipts', () => {
  const ref = { number: 16, hash: hashOf('a') };
  const receipt = (index: number, changes: object = {}): object => ({
    transactionHash: `0x${(index + 1).toString(16).padStart(64, '0')}`,
    blockHash: hashOf('a'),
    transactionIndex: `0x${index.toString(16)}`,
    status: '0x1',
    gasUsed: '0x5208',
    effectiveGasPrice: '0x3b9aca00',
    ...changes,
  });
  const wanted = { hash: `0x${'1'.padStart(64, '0')}`, index: 0 };

  test('status by EIP-658; a receipt from before it has none (H98)', () => {
    expect(parseReceipt(place, receipt(0), ref, wanted)).toEqual({
      hash: wanted.hash,
      blockHash: ref.hash,
      index: 0,
      execution: 'success',
      gasUsed: '21000',
      effectiveGasPrice: '1000000000',
    });
    expect(parseReceipt(place, receipt(0, { status: '0x0' }), ref, wanted)?.execution).toBe('reverted');
    expect(
      parseReceipt(place, receipt(0, { status: undefined, root: hashOf('e') }), ref, wanted)?.execution,
    ).toBeNull();
    expect(() => parseReceipt(place, receipt(0, { status: '0x2' }), ref, wanted)).toThrow('a status');
    expect(() => parseReceipt(place, receipt(0, { status: undefined }), ref, wanted)).toThrow('a status');
  });

  test('H32 H33 of another block, or of none, is not there yet', () => {
    expect(parseReceipt(place, null, ref, wanted)).toBeNull();
    expect(parseReceipt(place, receipt(0, { blockHash: hashOf('d') }), ref, wanted)).toBeNull();
    expect(parseReceipt(place, receipt(0, { blockHash: null }), ref, wanted)).toBeNull();
    expect(() => parseReceipt(place, receipt(1), ref, wanted)).toThrow('instead of');
    expect(() => parseReceipt(place, receipt(0, { transactionIndex: '0x4' }), ref, wanted)).toThrow('with index 4');
  });

  test.each([
    ['too few', [receipt(0)], 2],
    ['H34 none', [], 2],
    ['another block in between', [receipt(0), receipt(1, { blockHash: hashOf('d') })], 2],
    ['a gap', [receipt(0), receipt(2)], null],
    ['one twice', [receipt(0), receipt(1, { transactionHash: `0x${'1'.padStart(64, '0')}` })], null],
  ])('a whole block with %s is not used', (_name, items, count) => {
    expect(parseBlockReceipts(place, items, ref, count)).toBeNull();
  });

  test('a whole block, complete, is found by hash', () => {
    const all = parseBlockReceipts(place, [receipt(0), receipt(1)], ref, 2);
    expect(all?.get(wanted.hash)?.index).toBe(0);
    expect(all?.size).toBe(2);
  });
});
