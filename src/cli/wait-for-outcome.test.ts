import type { Transaction, TxTrailClient } from '@txtrail/client';
import { expect, test } from 'vitest';
import { FakeTerminal } from '../../test/harness/fake-terminal.ts';
import { waitForOutcome } from './wait-for-outcome.ts';

const unseen = {
  hash: `0x${'a'.repeat(64)}`,
  reason: null,
  replacedBy: null,
  blockNumber: null,
  confirmations: 0,
  updatedAt: '2026-01-31T12:00:00.000Z',
};

/** What no tracker says yet, but the client already passes on. */
test('dropped, which the contract has and this version’s tracker does not say, is an outcome of its own', async () => {
  const transaction = { ...unseen, id: 'tx_1', status: 'dropped' } as Transaction;
  const client: Pick<TxTrailClient, 'waitForTransaction' | 'transaction' | 'subscribe'> = {
    waitForTransaction: ({ signal, onDropped }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        onDropped?.(transaction);
      }),
    transaction: async () => transaction,
    subscribe: () => ({
      state: 'connecting',
      transport: null,
      cursor: '',
      ack: () => undefined,
      onStateChange: () => () => undefined,
      close: async () => undefined,
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
    }),
  };
  const deps = { client: client as TxTrailClient, terminal: new FakeTerminal() };
  const ended = await waitForOutcome({ transaction, confirmations: undefined, timeoutMs: null }, deps);
  expect(ended).toEqual({ kind: 'ended', outcome: 'dropped', transaction });
});
