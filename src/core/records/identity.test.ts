import { expect, test } from 'vitest';
import { eventIdOf, transactionIdOf } from './identity.ts';

const hash = `0x${'ab'.repeat(32)}`;

test('ids never change: clients keep them', () => {
  const id = transactionIdOf('default', 'eip155:1', hash, 'alice');
  expect(id).toBe('tx_a74738243e6d1243f3d45894c4312984');
  expect(eventIdOf(id, 1)).toBe('evt_82ccaffa683699de0d6122fc9f19cb8d');
});

test('every part of a registration tells its id apart (S01)', () => {
  const ids = [
    transactionIdOf('default', 'eip155:1', hash, 'alice'),
    transactionIdOf('other', 'eip155:1', hash, 'alice'),
    transactionIdOf('default', 'eip155:10', hash, 'alice'),
    transactionIdOf('default', 'eip155:1', `0x${'ac'.repeat(32)}`, 'alice'),
    transactionIdOf('default', 'eip155:1', hash, 'bob'),
    transactionIdOf('default', 'eip155:1', `${hash}a`, 'lice'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set([eventIdOf('tx_1', 11), eventIdOf('tx_11', 1), eventIdOf('tx_1', 1)]).size).toBe(3);
});
