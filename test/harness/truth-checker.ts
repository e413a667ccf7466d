import type { Transaction } from '@txtrail/protocol';
import { blockAt, receiptOf, type RpcReceipt } from './chain-node.ts';
import type { JsonRpc } from './json-rpc.ts';

interface RpcTransaction {
  readonly from: string;
  readonly nonce: string;
  readonly blockHash: string | null;
}

/**
 * Compares a tracked transaction with the node's own word (I02): in the block where the node has it,
 * with the node's outcome and costs, or replaced by what the node mined at its nonce.
 *
 * @returns each difference in words
 */
export async function compareWithChain(transaction: Transaction, rpc: JsonRpc): Promise<readonly string[]> {
  const receipt = await receiptOf(rpc, transaction.hash);
  const problems =
    receipt === null ? await checkUnmined(transaction, rpc) : await checkMined(transaction, receipt, rpc);
  return problems.map((problem) => `${transaction.hash} (${transaction.status}): ${problem}`);
}

async function checkMined(transaction: Transaction, receipt: RpcReceipt, rpc: JsonRpc): Promise<readonly string[]> {
  const block = await blockAt(rpc, Number(receipt.blockNumber));
  if (block?.hash !== receipt.blockHash) return ['the node itself shows a receipt of a block that is not canonical'];
  const shown: readonly (readonly [string, unknown, unknown])[] = [
    ['being in a block', ['included', 'confirmed', 'finalized'].includes(transaction.status), true],
    ['blockHash', transaction.blockHash, receipt.blockHash],
    ['blockNumber', transaction.blockNumber, Number(receipt.blockNumber)],
    ['transactionIndex', transaction.transactionIndex, Number(receipt.transactionIndex)],
    ['execution', transaction.execution, receipt.status === '0x1' ? 'success' : 'reverted'],
    ['gasUsed', transaction.gasUsed, BigInt(receipt.gasUsed).toString()],
    ['effectiveGasPrice', transaction.effectiveGasPrice, BigInt(receipt.effectiveGasPrice).toString()],
    ['blockTimestamp', Date.parse(transaction.blockTimestamp ?? ''), Number(block.timestamp) * 1000],
  ];
  return shown
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([what, ours, theirs]) => `${what} is ${String(ours)}, on the chain ${String(theirs)}`);
}

async function checkUnmined(transaction: Transaction, rpc: JsonRpc): Promise<readonly string[]> {
  if (['included', 'confirmed', 'finalized'].includes(transaction.status))
    return ['the node does not have it in a block'];
  if (transaction.status !== 'replaced') return [];
  const winner = await rpc.call<RpcTransaction | null>('eth_getTransactionByHash', [transaction.replacedBy]);
  if (winner === null || winner.blockHash === null) return [`its winner ${transaction.replacedBy} is not in a block`];
  const sameSender = transaction.from === null || winner.from.toLowerCase() === transaction.from;
  const sameNonce = transaction.nonce === null || Number(winner.nonce) === transaction.nonce;
  return sameSender && sameNonce ? [] : [`its winner ${transaction.replacedBy} has another sender or nonce`];
}
