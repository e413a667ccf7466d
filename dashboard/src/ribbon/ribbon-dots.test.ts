import type { RecentBlock } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { TransactionBook } from '../model/transaction-book.ts';
import { blockHash, placedIn, sampleEvent, sampleTime, sampleTransaction } from '../model/transaction-sample.ts';
import { placeDots } from './ribbon-dots.ts';
import { layOutRibbon } from './ribbon-layout.ts';

const blocks = [12, 11, 10].map(
  (number): RecentBlock => ({
    number,
    hash: blockHash(number),
    parentHash: blockHash(number - 1),
    timestamp: sampleTime(0),
    transactions: 1,
  }),
);
const orphan: RecentBlock = { ...(blocks[1] as RecentBlock), hash: blockHash(11, 'b') };
const ribbon = layOutRibbon(
  {
    recentBlocks: blocks,
    recentReorgs: [
      {
        time: sampleTime(0),
        depth: 1,
        ancestor: { number: 10, hash: blockHash(10) },
        beyondFinality: false,
        orphaned: [orphan],
      },
    ],
    finality: { source: 'tag', safe: null, finalized: null },
  },
  { columns: 6, branchRows: 2, captionColumns: 0 },
);
const options = { chain: 'eip155:31337', perBlock: 3, waitingPlaces: 4 };

test('a transaction stands on its block by hash, or waits right of the head', () => {
  const book = new TransactionBook();
  book.load([
    sampleTransaction(1, placedIn(11)),
    sampleTransaction(2),
    sampleTransaction(3, placedIn(9)),
    sampleTransaction(4, { ...placedIn(11), chain: 'eip155:1' }),
    sampleTransaction(5, { status: 'dropped' }),
  ]);
  const { dots, waiting } = placeDots(ribbon, book, options);
  expect(dots.map(({ kind, column, ribbonRow }) => [kind, column, ribbonRow])).toEqual([
    ['in', 4, 0],
    ['waiting', 6, 0],
  ]);
  expect(waiting.map(({ transaction }) => transaction.nonce)).toEqual([2]);
});

test('after a reorg it stands in its new block and leaves a mark in the old one', () => {
  const book = new TransactionBook();
  const moved = sampleTransaction(1, { ...placedIn(12), updatedAt: sampleTime(90_000) });
  book.apply(
    sampleEvent(sampleTransaction(1), 3, 'reorged', {
      reorg: { fromBlockNumber: 11, fromBlockHash: orphan.hash, depth: 1, beyondFinality: false },
    }),
  );
  expect(placeDots(ribbon, book, options).dots.map(({ kind, column }) => [kind, column])).toEqual([
    ['was', 4],
    ['waiting', 6],
  ]);
  book.apply(sampleEvent(moved, 4, 'included'));
  const { dots, byBlock } = placeDots(ribbon, book, options);
  expect(dots.map(({ key, kind, column, ribbonRow }) => [key, kind, column, ribbonRow])).toEqual([
    [moved.id, 'in', 5, 0],
    [`${moved.id} ${orphan.hash}`, 'was', 4, 1],
  ]);
  expect(byBlock.get(orphan.hash)?.map(({ transaction }) => transaction.id)).toEqual([moved.id]);
});

test('where there are more than places, the last place counts the rest', () => {
  const book = new TransactionBook();
  book.load([1, 2, 3, 4, 5].map((number) => sampleTransaction(number, placedIn(12))));
  book.load([6, 7, 8].map((number) => sampleTransaction(number, placedIn(11))));
  book.load([11, 12, 13, 14, 15, 16].map((number) => sampleTransaction(number)));
  const { dots, clusters } = placeDots(ribbon, book, options);
  expect(clusters).toEqual([
    { key: blockHash(12), column: 5, ribbonRow: 0, more: 3 },
    { key: 'waiting', column: 6, ribbonRow: 0, more: 3 },
  ]);
  expect(dots.filter(({ column }) => column === 5)).toHaveLength(2);
  expect(dots.filter(({ column }) => column === 4)).toHaveLength(3);
  expect(dots.filter(({ kind }) => kind === 'waiting')).toHaveLength(3);
});
