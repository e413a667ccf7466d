import type { ClientEvent } from '@txtrail/client';
import { expect, test } from 'vitest';
import { eventLine } from './event-line.ts';

const hash = `0x${'12'.repeat(32)}`;
const transaction = { hash, status: 'pending', blockNumber: null, execution: null, requiredConfirmations: 12 };
const included = { ...transaction, status: 'included', blockNumber: 7, execution: 'success' };

function line(type: string, data: unknown): string {
  const event = { type, data, time: '2026-01-31T12:00:00.000Z', subscriber: 'al\u001bice', seq: 3 };
  return eventLine(event as unknown as ClientEvent).replace('2026-01-31T12:00:00.000Z  al\\u{1b}ice#3  ', '');
}

test.each<[string, unknown, string]>([
  ['transaction.pending', { transaction }, 'pending       0x121212…121212'],
  [
    'transaction.included',
    { transaction: included, confirmations: 1, late: true },
    'included      0x121212…121212, block 7, 1/12 confirmations, success, late',
  ],
  [
    'transaction.confirmed',
    { transaction: { ...included, requiredConfirmations: 'safe' }, confirmations: 4, late: false },
    'confirmed     0x121212…121212, block 7, 4 confirmations, required: safe, success',
  ],
  [
    'transaction.reorged',
    { transaction, reorg: { fromBlockNumber: 7, depth: 2, beyondFinality: true } },
    'reorged       0x121212…121212, left block 7, depth 2, beyond finality, now pending',
  ],
  [
    'transaction.replaced',
    { transaction, replacement: { hash: `0x${'34'.repeat(32)}`, reason: 'repriced', final: true } },
    'replaced      0x121212…121212, repriced by 0x343434…343434, final',
  ],
  [
    'transaction.failed',
    { transaction, failure: { class: 'funds', message: 'too\u009bpoor' } },
    'failed        0x121212…121212, funds: too\\u{9b}poor',
  ],
  [
    'transaction.expired',
    { transaction, expiry: { reason: 'expires_at' } },
    'expired       0x121212…121212, expires_at',
  ],
  ['transaction.stuck', { transaction, stuck: { reason: 'nonce_gap' } }, 'stuck         0x121212…121212, nonce_gap'],
  ['chain.stalled', { chain: 'eip155:1', sinceBlock: 7 }, 'chain.stalled  {"chain":"eip155:1","sinceBlock":7}'],
  [
    'transaction.invented_later',
    { transaction: included, confirmations: 2, whatever: [1] },
    'invented_later  0x121212…121212, block 7, 2/12 confirmations, success',
  ],
  ['ping', {}, 'ping          {}'],
  ['odd', null, 'odd           null'],
])('%s', (type, data, expected) => {
  expect(line(type, data)).toBe(expected);
});
