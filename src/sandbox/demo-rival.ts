import { decodeRawTransaction } from '../adapters/evm/raw-transaction.ts';
import { assert } from '../lib/assert.ts';
import { feeCapOf, tipCapOf, transactionFromRaw } from '../scripted-chain/scripted-transaction.ts';
import type { ScriptedTransaction } from '../scripted-chain/scripted-transaction.ts';
import { demoWallets } from './accounts.ts';
import { signTransaction } from './sign-transaction.ts';

/**
 * Another transaction of a demo wallet at the same nonce, offering a quarter more, properly signed:
 * the same payment, a cancellation, or another amount.
 * @param fraction in [0, 1)
 * @returns null where the sender is no wallet of the demo
 */
export function demoRivalOf(transaction: ScriptedTransaction, fraction: () => number): ScriptedTransaction | null {
  const wallet = demoWallets.find(({ address }) => address === transaction.from);
  if (wallet === undefined) return null;
  const { chainId, nonce, to, value, input, gas } = transaction;
  const calls = [
    { to, value, input },
    { to: wallet.address, value: 0n, input: '0x' },
    { to, value: value + 1n, input },
  ];
  const call = calls[Math.floor(fraction() * calls.length)] ?? { to, value, input };
  const fees = { maxFeePerGas: raised(feeCapOf(transaction)), maxPriorityFeePerGas: raised(tipCapOf(transaction)) };
  const decoded = decodeRawTransaction(
    signTransaction({ chainId, nonce, gas, ...call, ...fees }, wallet.privateKey).raw,
  );
  assert(decoded.ok, 'what the demo signs can be decoded');
  return transactionFromRaw(decoded.transaction);
}

function raised(fee: bigint): bigint {
  return (fee * 5n) / 4n + 1n;
}
