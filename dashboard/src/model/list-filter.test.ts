import { describe, expect, test } from 'vitest';
import { filterRows, groupCounts, noFilter, wholeHash } from './list-filter.ts';
import { TransactionBook } from './transaction-book.ts';
import { blockHash, placedIn, sampleEvent, sampleTime, sampleTransaction } from './transaction-sample.ts';

const book = new TransactionBook();
book.load([
  sampleTransaction(1, { metadata: { label: 'Payout to Margaret' } }),
  sampleTransaction(2, { ...placedIn(10), subscriber: 'alice' }),
  sampleTransaction(3, { status: 'finalized', chain: 'eip155:1' }),
  sampleTransaction(4, { status: 'dropped' }),
]);
book.apply(
  sampleEvent(sampleTransaction(5, { updatedAt: sampleTime(999_000) }), 3, 'reorged', {
    reorg: { fromBlockNumber: 10, fromBlockHash: blockHash(10), depth: 1, beyondFinality: false },
  }),
);

const noncesOf = (filter: Partial<typeof noFilter>) =>
  filterRows(book, { ...noFilter, ...filter }).map(({ transaction }) => transaction.nonce);

describe('filterRows', () => {
  test.each([
    ['a label, in any case', 'margaret', [1]],
    ['a part of a hash', sampleTransaction(2).hash.slice(4, 40), [2]],
    ['an id', sampleTransaction(3).id.toUpperCase(), [3]],
    ['an address', sampleTransaction(4).from ?? '', [4]],
    ['a subscriber', 'alice', [2]],
    ['a nonce', ' 4 ', [4]],
    ['a block number', '10', [2]],
    ['an event', sampleEvent(sampleTransaction(5), 3, 'reorged').id, [5]],
    ['what nobody has', 'zebra', []],
    ['nothing', '  ', [5, 4, 3, 2, 1]],
  ])('finds by %s', (_what, text, nonces) => {
    expect(noncesOf({ text })).toEqual(nonces);
  });

  test('narrows by chain and group', () => {
    expect(noncesOf({ chain: 'eip155:1' })).toEqual([3]);
    expect(noncesOf({ group: 'waiting' })).toEqual([5, 1]);
    expect(noncesOf({ group: 'off', chain: 'eip155:1' })).toEqual([]);
  });

  test('a block’s transactions are those in it and those that were', () => {
    expect(noncesOf({ block: blockHash(10) })).toEqual([5, 2]);
    expect(noncesOf({ block: blockHash(11) })).toEqual([]);
  });
});

test('counts groups by the rest of the filter, whatever group is shown', () => {
  expect(groupCounts(book, { ...noFilter, group: 'final' })).toEqual({
    all: 5,
    waiting: 2,
    placed: 1,
    final: 1,
    off: 1,
  });
  expect(groupCounts(book, { ...noFilter, text: 'alice' })).toEqual({
    all: 1,
    waiting: 0,
    placed: 1,
    final: 0,
    off: 0,
  });
});

test('tells a whole hash from a part of one', () => {
  expect(wholeHash(` 0x${'A'.repeat(64)} `)).toBe(`0x${'a'.repeat(64)}`);
  expect([wholeHash('0xaa'), wholeHash('a'.repeat(66)), wholeHash('')]).toEqual([null, null, null]);
});
