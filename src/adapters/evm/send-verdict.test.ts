import { expect, test } from 'vitest';
import { sendVerdictOf } from './send-verdict.ts';

function classOf(message: string, code = -32000): string | null {
  const verdict = sendVerdictOf({ code, message });
  return verdict === null ? null : verdict.outcome === 'rejected' ? verdict.failureClass : verdict.outcome;
}

test.each([
  ['already known', 'known'],
  ['Known transaction: 0xabc', 'known'],
  ['transaction already imported', 'known'],
  ['AlreadyKnown', 'known'],
  ['known transaction. transaction with hash 0x1 is already in the system', 'known'],
  ['existing txn with same hash', 'known'],
  ['nonce too low: next nonce 5, tx nonce 3', 'nonce_used'],
  ['OwnNonceAlreadyUsed', 'nonce_used'],
  ['OldNonce', 'nonce_used'],
  ['nonce too high', 'nonce_gap'],
  ['gapped-nonce tx from delegated accounts', 'nonce_gap'],
  ['replacement transaction underpriced', 'replace_underpriced'],
  ['insufficient gas price to replace existing transaction', 'replace_underpriced'],
  ['transaction underpriced', 'underpriced'],
  ['FeeTooLow, MaxFeePerGas too low', 'underpriced'],
  ['max fee per gas less than block base fee: address 0x1', 'below_base_fee'],
  ['txpool is full', 'pool_full'],
  ['insufficient funds for gas * price + value: balance 0', 'funds'],
  ['Upfront cost exceeds account balance', 'funds'],
  ['tx fee (2.00 ether) exceeds the configured cap (1.00 ether)', 'fee_cap_node'],
  ['intrinsic gas too low', 'fatal_tx'],
  ["can't replace blob-txn with a non-blob-txn", 'fatal_tx'],
  ['invalid sender', 'fatal_tx'],
  ['only replay-protected (EIP-155) transactions allowed over RPC', 'fatal_tx'],
  ['address already reserved', 'reserved_type'],
  ['execution reverted', 'sim_revert'],
  ['something nobody has seen before', 'unknown'],
])('%s is %s', (message, expected) => {
  expect(classOf(message)).toBe(expected);
});

test('words come before codes, and "unknown transaction" is not "known transaction"', () => {
  expect(classOf('already known', -32603)).toBe('known');
  expect(classOf('unknown transaction', -32603)).toBeNull();
  expect(classOf('internal error', -32603)).toBeNull();
  expect(classOf('method not found', -32601)).toBeNull();
  expect(classOf('whatever', 1000)).toBe('known');
});

test('H80 only what every node must judge alike is final', () => {
  expect(sendVerdictOf({ code: -32000, message: 'invalid sender' })).toMatchObject({ final: true });
  expect(sendVerdictOf({ code: -32000, message: 'nonce too low' })).toMatchObject({ final: false });
  expect(sendVerdictOf({ code: -32000, message: 'transaction underpriced' })).toMatchObject({ final: false });
});
