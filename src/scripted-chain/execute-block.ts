import { assert } from '../lib/assert.ts';
import type { Address, Hash } from '../core/chain/block.ts';
import { accountIn } from './account-state.ts';
import type { AccountState, ScriptedAccount } from './account-state.ts';
import { blobGas, contractAddressOf, zeroAddress } from './scripted-block.ts';
import type { ScriptedReceipt } from './scripted-block.ts';
import { effectivePriceOf } from './scripted-transaction.ts';
import type { ScriptedAuthorization, ScriptedTransaction } from './scripted-transaction.ts';

export interface ExecutionContext {
  readonly chainId: number;
  /** The accounts before the block. */
  readonly state: AccountState;
  readonly baseFeePerGas: bigint;
  /** What an account that was never touched holds, wei. */
  readonly defaultBalance: bigint;
  /** Whether a transaction's execution reverts in this block; `code` is its recipient's. */
  readonly reverts: (transaction: ScriptedTransaction, code: string) => boolean;
}

/** `PUSH1 0 PUSH1 0 REVERT`: what is sent to an account with this code reverts. */
export const revertingCode = '0x60006000fd';

export interface Execution {
  readonly receipts: readonly ScriptedReceipt[];
  readonly changes: ReadonlyMap<Address, ScriptedAccount>;
}

/** The blob base fee of a chain whose blobs are never scarce. */
export const blobBaseFee = 1n;

/**
 * Runs a block's transactions over the accounts: nonces, balances, delegations, and no EVM.
 * Asserts that each nonce is the sender's next one, since a script that says otherwise is wrong.
 */
export function executeBlock(transactions: readonly ScriptedTransaction[], context: ExecutionContext): Execution {
  const changes = new Map<Address, ScriptedAccount>();
  const read = (address: Address): ScriptedAccount =>
    changes.get(address) ?? accountIn(context.state, address) ?? untouched(context.defaultBalance);
  const receipts: ScriptedReceipt[] = [];
  let cumulativeGasUsed = 0n;
  transactions.forEach((transaction, index) => {
    const sender = read(transaction.from);
    assert(
      sender.nonce === transaction.nonce,
      `the script mines nonce ${transaction.nonce} of ${transaction.from}, whose next nonce is ${sender.nonce}`,
    );
    const effectiveGasPrice = effectivePriceOf(transaction, context.baseFeePerGas);
    const status = context.reverts(transaction, codeOfRecipient(transaction, read)) ? 'reverted' : 'success';
    const contractAddress = transaction.to === null ? contractAddressOf(transaction.from, transaction.nonce) : null;
    const fee =
      transaction.gasUsed * effectiveGasPrice + BigInt(transaction.blobVersionedHashes.length) * blobGas * blobBaseFee;
    changes.set(transaction.from, { ...sender, nonce: sender.nonce + 1, balance: sender.balance - fee });
    for (const authorization of transaction.authorizations) authorize(authorization, context.chainId, read, changes);
    if (status === 'success') transfer(transaction, contractAddress, read, changes);
    cumulativeGasUsed += transaction.gasUsed;
    const { gasUsed } = transaction;
    receipts.push({ transaction, index, status, gasUsed, cumulativeGasUsed, effectiveGasPrice, contractAddress });
  });
  return { receipts, changes };
}

type ReadAccount = (address: Address) => ScriptedAccount;

function codeOfRecipient({ to }: ScriptedTransaction, read: ReadAccount): string {
  return to === null ? '0x' : read(to).code;
}

function transfer(
  transaction: ScriptedTransaction,
  contractAddress: Address | null,
  read: ReadAccount,
  changes: Map<Address, ScriptedAccount>,
): void {
  const payer = read(transaction.from);
  changes.set(transaction.from, { ...payer, balance: payer.balance - transaction.value });
  const address = transaction.to ?? contractAddress ?? zeroAddress;
  const account = read(address);
  const created = contractAddress === null ? {} : { nonce: 1, code: '0x00' };
  changes.set(address, { ...account, ...created, balance: account.balance + transaction.value });
}

/** EIP-7702: an entry that does not fit is passed over; one that fits uses up a nonce even if the execution reverts. */
function authorize(
  entry: ScriptedAuthorization,
  chainId: number,
  read: ReadAccount,
  changes: Map<Address, ScriptedAccount>,
): void {
  if (entry.authority === null || (entry.chainId !== 0n && entry.chainId !== BigInt(chainId))) return;
  const account = read(entry.authority);
  if (BigInt(account.nonce) !== entry.nonce) return;
  const code = entry.address === zeroAddress ? '0x' : `0xef0100${entry.address.slice(2)}`;
  changes.set(entry.authority, { ...account, nonce: account.nonce + 1, code });
}

export function untouched(balance: bigint): ScriptedAccount {
  return { nonce: 0, balance, code: '0x' };
}

/** What the script says of a hash in this block, else the transaction's own word, else its recipient's code. */
export function revertRule(outcomes: ReadonlyMap<Hash, 'success' | 'reverted'>): ExecutionContext['reverts'] {
  return (transaction, code) => {
    const outcome = outcomes.get(transaction.hash);
    return outcome === undefined ? transaction.reverts || code === revertingCode : outcome === 'reverted';
  };
}
