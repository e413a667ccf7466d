import { expect, test } from 'vitest';
import { inclusionAt, trackedAt } from '../../../test/harness/tracked.ts';
import { decodePartition, emptyPartition, encodePartition } from './partition.ts';

test('a partition comes back from its text whole, in the order of registration', () => {
  const state = emptyPartition(7);
  const metadata = { text: 'grüße \u0000 🚀', list: [1, null, { deep: true }], ['__proto__']: 1 };
  const mined = trackedAt(4, {
    inclusion: inclusionAt(120),
    siblings: ['0xa'],
    options: { ...trackedAt(4).options, metadata },
  });
  for (const tracked of [trackedAt(2), mined, trackedAt(9)]) state.transactions.set(tracked.id, tracked);
  state.removed.set('tx_gone', 12);
  state.origins.set('sender/3', { source: 'sender/3', position: 5, ordinal: 2 });
  const text = encodePartition(state);
  const decoded = decodePartition(7, text);
  expect(decoded).toEqual(state);
  expect([...decoded.transactions.keys()]).toEqual(['tx_2', 'tx_4', 'tx_9']);
  expect(encodePartition(decoded)).toBe(text);
});

test('an empty one too', () => {
  expect(decodePartition(0, encodePartition(emptyPartition(0)))).toEqual(emptyPartition(0));
});
