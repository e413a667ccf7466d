import type { Transaction } from '@txtrail/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockHash, placedIn, sampleEvent, sampleTime, sampleTransaction } from './transaction-sample.ts';
import { TransactionBook } from './transaction-book.ts';

const registered = sampleTransaction(1);
const at = (seconds: number) => ({ updatedAt: sampleTime(60_000 + seconds * 1000) });

/** A life with a reorg, one event after another. */
const life = [
  sampleEvent({ ...registered, ...at(1) }, 1, 'pending'),
  sampleEvent({ ...registered, ...placedIn(10), ...at(2) }, 2, 'included'),
  sampleEvent({ ...registered, ...at(3) }, 3, 'reorged', {
    reorg: { fromBlockNumber: 10, fromBlockHash: blockHash(10), depth: 3, beyondFinality: false },
  }),
  sampleEvent({ ...registered, ...placedIn(11, 'b'), ...at(4) }, 4, 'included'),
  // Two events of one step share a time.
  sampleEvent({ ...registered, ...placedIn(11, 'b'), status: 'confirmed', ...at(6) }, 5, 'confirmed'),
  sampleEvent({ ...registered, ...placedIn(11, 'b'), status: 'finalized', ...at(6) }, 6, 'finalized'),
];

describe('events', () => {
  test('show the newest, and a transaction that nobody listed', () => {
    const book = new TransactionBook();
    expect(life.map((event) => book.apply(event))).toEqual(life.map(() => true));
    expect(book.row(registered.id)).toMatchObject({ revision: 6, transaction: { status: 'finalized' } });
  });

  test('that come twice, late or in any order leave what the newest said', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...life, ...life], { minLength: 1 }), (shuffled) => {
        const book = new TransactionBook();
        for (const event of shuffled) book.apply(event);
        const newest = shuffled.reduce((one, other) => ((other.revision ?? 0) > (one.revision ?? 0) ? other : one));
        expect(book.row(registered.id)?.transaction).toEqual(newest.data.transaction);
      }),
    );
  });

  test('that are about no transaction are passed over', () => {
    const book = new TransactionBook();
    const [first] = life;
    expect(book.apply({ ...(first as (typeof life)[0]), revision: null, data: {} as never })).toBe(false);
    expect(book.size).toBe(0);
  });

  test('remember which transaction they were about, and which were in an orphaned block', () => {
    const book = new TransactionBook();
    for (const event of life) book.apply(event);
    expect(book.idOfEvent(life[2]?.id ?? '')).toBe(registered.id);
    expect([...book.orphanedIn(blockHash(10))]).toEqual([registered.id]);
    expect(book.orphanedIn(blockHash(11, 'b')).size).toBe(0);
  });
});

describe('lists and events', () => {
  test('any mix of both ends at the last state, however they cross', () => {
    // What a list can show: the state after a step, so never what its first event alone says.
    const states = [0, 1, 2, 3, 5].map((index) => life[index]?.data.transaction as Transaction);
    const last = states.at(-1);
    const list = fc.record({ state: fc.constantFrom(...states), before: fc.nat({ max: life.length - 1 }) });
    fc.assert(
      fc.property(fc.array(list, { maxLength: 8 }), (lists) => {
        const book = new TransactionBook();
        for (const [index, event] of life.entries()) {
          for (const { state, before } of lists) if (before === index) book.load([state]);
          book.apply(event);
        }
        expect(book.row(registered.id)?.transaction).toEqual(last);
      }),
    );
  });

  test('a list that is ahead of the events is not turned back by them', () => {
    const book = new TransactionBook();
    const ahead = { ...registered, ...placedIn(11, 'b'), ...at(5) };
    book.load([ahead]);
    expect(life.slice(0, 4).map((event) => book.apply(event))).toEqual([false, false, false, false]);
    expect(book.row(registered.id)).toMatchObject({ revision: 4, transaction: ahead });
  });

  test('a list that is behind changes nothing', () => {
    const book = new TransactionBook();
    for (const event of life) book.apply(event);
    book.load([registered]);
    expect(book.row(registered.id)?.transaction.status).toBe('finalized');
  });
});

describe('rows', () => {
  test('stand newest registration first, whatever order they came in', () => {
    const book = new TransactionBook();
    book.load([sampleTransaction(2), sampleTransaction(1)]);
    book.apply(sampleEvent(sampleTransaction(3), 1, 'pending'));
    expect(book.rows.map(({ transaction }) => transaction.nonce)).toEqual([3, 2, 1]);
  });

  test('that a whole new list lacks go, but for those heard of meanwhile', () => {
    const book = new TransactionBook();
    book.load([sampleTransaction(1), sampleTransaction(2)], { isFirst: true });
    const start = book.changes;
    book.apply(sampleEvent(sampleTransaction(3), 1, 'pending'));
    book.sweep(new Set([sampleTransaction(2).id]), start);
    expect(book.rows.map(({ transaction }) => transaction.nonce)).toEqual([3, 2]);
    expect(book.withHash(sampleTransaction(1).hash)).toEqual([]);
  });

  test('say what changed before the eyes of the reader, and nothing of the first load', () => {
    const book = new TransactionBook();
    book.load([sampleTransaction(1), sampleTransaction(2)], { isFirst: true });
    book.load([sampleTransaction(1)]);
    expect(book.rows.map(({ change }) => change)).toEqual([0, 0]);
    book.apply(sampleEvent({ ...sampleTransaction(1), ...placedIn(5), updatedAt: sampleTime(90_000) }, 2, 'included'));
    expect(book.rows.map(({ change }) => change)).toEqual([0, 1]);
  });

  test('of one hash are found together: one a subscriber', () => {
    const book = new TransactionBook();
    const twin = { ...sampleTransaction(1), id: 'tx_twin', subscriber: 'other' };
    book.load([sampleTransaction(1), twin]);
    expect(book.withHash(twin.hash).map(({ transaction }) => transaction.subscriber)).toEqual(['default', 'other']);
    book.clear();
    expect([book.size, book.withHash(twin.hash).length]).toEqual([0, 0]);
  });
});
