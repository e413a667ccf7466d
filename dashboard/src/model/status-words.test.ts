import { transactionStatuses } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { groupOf, lookOf, reasonOf, statusLooks } from './status-words.ts';

test('every status of the contract has a word and a shape of its own', () => {
  const looks = transactionStatuses.map(lookOf);
  expect(new Set(looks.map(({ word }) => word)).size).toBe(transactionStatuses.length);
  expect(new Set(looks.map(({ icon }) => icon)).size).toBe(transactionStatuses.length);
  expect(statusLooks).toEqual(looks);
});

test('a status of a later version is shown by its name and counted as waiting', () => {
  expect(lookOf('preconfirmed')).toMatchObject({ word: 'preconfirmed', icon: 'question' });
  expect(groupOf('preconfirmed')).toBe('waiting');
  expect([lookOf('constructor').word, groupOf('toString')]).toEqual(['constructor', 'waiting']);
});

test('groups by where a transaction is', () => {
  expect(transactionStatuses.map(groupOf)).toEqual([
    'waiting',
    'waiting',
    'placed',
    'placed',
    'final',
    'off',
    'off',
    'off',
    'off',
  ]);
});

test('gives the reason that the status does not tell', () => {
  const facts = { status: 'included', reason: null, execution: 'success' } as const;
  expect(reasonOf(facts)).toBeNull();
  expect(reasonOf({ ...facts, execution: 'reverted' })).toBe('reverted');
  expect(reasonOf({ status: 'replaced', reason: 'repriced', execution: null })).toBe('sped up');
  expect(reasonOf({ status: 'replaced', reason: 'cancelled', execution: null })).toBe('cancelled');
  expect(reasonOf({ status: 'failed', reason: 'nonce_too_low', execution: null })).toBe('nonce_too_low');
});
