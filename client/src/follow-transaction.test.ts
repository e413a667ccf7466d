import type { Transaction } from '@txtrail/protocol';
import { expect, it } from 'vitest';
import type { Calls } from './calls.ts';
import { systemDeps } from './deps.ts';
import type { ClientEvent } from './events.ts';
import type { ReceivedEvent, Subscription } from './subscription.ts';
import { waitForTransaction } from './wait-for-transaction.ts';

// What the tracker of this version does not say, a later one will: told here by a stand-in for it.

const base = {
  id: 'tx_1',
  chain: 'eip155:1',
  hash: '0x1',
  subscriber: 'default',
  status: 'pending',
  execution: null,
  finality: 'none',
  confirmations: 0,
  requiredConfirmations: 2,
  thresholds: [],
  blockNumber: null,
  replacedBy: null,
  reason: null,
  updatedAt: '2026-01-01T00:00:00.000Z',
} as unknown as Transaction;
const confirmed = { status: 'confirmed', execution: 'success', blockNumber: 7, confirmations: 2 } as const;

/** A wait on one transaction whose present state and events the test gives. */
function waitingOn() {
  let state = base;
  const queue: ReceivedEvent[] = [];
  let wake = (): void => undefined;
  const subscription = {
    onStateChange: () => () => undefined,
    close: async () => undefined,
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = queue.shift();
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield next;
      }
    },
  } as unknown as Subscription;
  const dropped: Transaction[] = [];
  const calls = { transaction: async () => state } as unknown as Calls;
  const seen = { outcome: null as Transaction | null };
  const waiting = waitForTransaction(
    { id: 'tx_1', onDropped: (transaction) => dropped.push(transaction) },
    { ...systemDeps(), calls, subscribe: () => subscription },
  ).then((transaction) => {
    seen.outcome = transaction;
  });
  return {
    dropped,
    seen,
    waiting,
    async says(type: string, change: object, isPresent = true): Promise<void> {
      const transaction = { ...base, ...change } as Transaction;
      if (isPresent) state = transaction;
      queue.push({ event: { type, data: { transaction } } as unknown as ClientEvent, cursor: 'c' });
      wake();
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

it('a drop is told, and the wait goes on until it is in a block after all', async () => {
  const { says, dropped, seen, waiting } = waitingOn();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await says('transaction.dropped', { status: 'dropped', updatedAt: '2026-01-01T00:00:01.000Z' });
  expect(dropped).toMatchObject([{ status: 'dropped' }]);
  expect(seen.outcome).toBeNull();
  await says('transaction.confirmed', { ...confirmed, updatedAt: '2026-01-01T00:00:02.000Z' });
  await waiting;
  expect(seen.outcome).toMatchObject({ status: 'confirmed' });
});

it('a status, a finality and a type that are not known are gone past, terminal or not', async () => {
  const { says, seen, waiting } = waitingOn();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const unheardOf = {
    status: 'teleported',
    isTerminal: true,
    finality: 'proven',
    blockNumber: 7,
    execution: 'success',
  };
  await says('transaction.teleported', { ...unheardOf, confirmations: 99, updatedAt: '2026-01-01T00:00:01.000Z' });
  await says('orbit.reached', {});
  expect(seen.outcome).toBeNull();
  await says('transaction.confirmed', { ...confirmed, updatedAt: '2026-01-01T00:00:02.000Z' });
  await waiting;
});

it('an event that the present state has overtaken does not resolve it', async () => {
  const { says, seen, waiting } = waitingOn();
  await new Promise((resolve) => setTimeout(resolve, 20));
  // Confirmed, says the event; but by now its block is gone, which the next event will tell.
  await says('transaction.confirmed', { ...confirmed, updatedAt: '2026-01-01T00:00:01.000Z' }, false);
  expect(seen.outcome).toBeNull();
  await says('transaction.confirmed', { ...confirmed, blockNumber: 8, updatedAt: '2026-01-01T00:00:03.000Z' });
  await waiting;
  expect(seen.outcome).toMatchObject({ blockNumber: 8 });
});
