import { eventTypes } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { blockHash, placedIn, sampleEvent, sampleTransaction } from '../model/transaction-sample.ts';
import { eventWords } from './event-words.ts';

const placed = sampleTransaction(1, placedIn(1234));

test.each([
  ['pending', {}, 'Seen', 'in a pool'],
  ['pending', { previousStatus: 'replaced' }, 'Seen', 'its rival is out of the chain'],
  ['included', {}, 'Included', 'block 1,234'],
  ['included', { late: true }, 'Included', 'block 1,234, before it was registered'],
  ['executed', {}, 'Executed', 'success'],
  ['confirmation', { confirmations: 2 }, '2 confirmations', null],
  ['confirmed', { confirmations: 3 }, 'Confirmed', '3 confirmations'],
  [
    'reorged',
    { reorg: { fromBlockNumber: 1234, fromBlockHash: blockHash(1234), depth: 3, beyondFinality: true } },
    'Reorged out',
    'block 1,234 orphaned, depth 3, beyond finality',
  ],
  [
    'replaced',
    {
      replacement: {
        hash: `0x${'ab'.repeat(32)}`,
        reason: 'cancelled',
        blockNumber: 1,
        blockHash: blockHash(1),
        final: true,
      },
    },
    'Replaced for good',
    'cancelled by 0xababab…abab',
  ],
  [
    'failed',
    { failure: { class: 'nonce_too_low', message: 'nonce too low', providers: [] } },
    'Failed',
    'nonce_too_low: nonce too low',
  ],
  ['expired', { expiry: { reason: 'asked' } }, 'Expired', 'asked'],
] as const)('%s with %o is "%s", %s', (type, data, title, detail) => {
  expect(eventWords(sampleEvent(placed, 1, type, data))).toMatchObject({ title, detail });
});

test('every type about a transaction is said in words, and one that is not known by its name', () => {
  const own = eventTypes.filter((type) => type.startsWith('transaction.'));
  for (const type of own) {
    const said = eventWords(sampleEvent(placed, 1, type.slice('transaction.'.length)));
    expect(said.title).not.toContain('transaction.');
  }
  expect(eventWords(sampleEvent(placed, 1, 'teleported')).title).toBe('transaction.teleported');
});
