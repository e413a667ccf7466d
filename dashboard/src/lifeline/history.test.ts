import { expect, test } from 'vitest';
import { sampleEvent, sampleTransaction } from '../model/transaction-sample.ts';
import { mergeHistory, type HistoryEvent } from './history.ts';

const transaction = sampleTransaction(1);
const heard = (revision: number): HistoryEvent => sampleEvent(transaction, revision, 'pending');
const read = (revision: number): HistoryEvent => ({
  ...heard(revision),
  evidence: { rule: 'R02', providers: ['main'], block: null },
});

test('has each revision once and in order, with its evidence once that is known', () => {
  const merged = mergeHistory([heard(3), heard(1)], [read(1), read(2), heard(2)]);
  expect(merged.map(({ revision, evidence }) => [revision, evidence?.rule])).toEqual([
    [1, 'R02'],
    [2, 'R02'],
    [3, undefined],
  ]);
  expect(mergeHistory(merged, [read(3)]).at(-1)?.evidence?.rule).toBe('R02');
});
