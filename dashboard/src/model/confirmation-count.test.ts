import { expect, test } from 'vitest';
import { confirmationCount } from './confirmation-count.ts';
import { placedIn, sampleTransaction } from './transaction-sample.ts';

const progress = { head: 14, safe: null, finalized: null };

test('ticks with the head', () => {
  const placed = sampleTransaction(1, placedIn(10));
  expect(confirmationCount(placed, { ...progress, head: 10 })).toMatchObject({ count: 1, text: '1 / 3' });
  expect(confirmationCount(placed, progress)).toEqual({ count: 5, required: 3, share: 1, text: '5' });
});

test('never shows fewer than the server said, whatever head is known', () => {
  const placed = sampleTransaction(1, { ...placedIn(10), confirmations: 2 });
  for (const head of [null, 9, 10]) expect(confirmationCount(placed, { ...progress, head }).count).toBe(2);
});

test('counts nothing that is in no block', () => {
  for (const status of ['unknown', 'pending', 'replaced', 'dropped', 'new_status'] as const) {
    const transaction = sampleTransaction(1, { status: status as 'pending' });
    expect(confirmationCount(transaction, progress)).toMatchObject({ count: 0, share: 0, text: '–' });
  }
});

test('says final, and what a chain’s own word waits for', () => {
  const settled = sampleTransaction(1, { ...placedIn(1), status: 'finalized', confirmations: 14 });
  expect(confirmationCount(settled, progress)).toMatchObject({ share: 1, text: 'final' });
  const waiting = sampleTransaction(1, { ...placedIn(13), requiredConfirmations: 'finalized' });
  expect(confirmationCount(waiting, progress)).toMatchObject({ required: null, text: '2, until finalized' });
});
