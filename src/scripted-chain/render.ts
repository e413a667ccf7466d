import type { Hash } from '../core/chain/block.ts';
import { blobBaseFee } from './execute-block.ts';
import {
  blobGas,
  emptyBloom,
  emptyRequests,
  emptyRoot,
  emptyUncles,
  timestampOf,
  zeroAddress,
  zeroHash,
} from './scripted-block.ts';
import type { ScriptedBlock, ScriptedReceipt } from './scripted-block.ts';
import { effectivePriceOf, feeCapOf } from './scripted-transaction.ts';
import type { ScriptedAuthorization, ScriptedTransaction } from './scripted-transaction.ts';

/** A JSON object of an answer, with the field names of geth. */
export type RpcObject = Readonly<Record<string, unknown>>;

export function quantity(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** The header as a subscription to `newHeads` pushes it. */
export function renderHeader(block: ScriptedBlock): RpcObject {
  return {
    parentHash: block.parentHash,
    sha3Uncles: emptyUncles,
    miner: zeroAddress,
    stateRoot: block.roots.state,
    transactionsRoot: block.roots.transactions,
    receiptsRoot: block.roots.receipts,
    logsBloom: emptyBloom,
    difficulty: '0x0',
    number: quantity(block.number),
    gasLimit: quantity(block.gasLimit),
    gasUsed: quantity(block.gasUsed),
    timestamp: quantity(timestampOf(block)),
    extraData: block.extraData,
    mixHash: zeroHash,
    nonce: '0x0000000000000000',
    baseFeePerGas: quantity(block.baseFeePerGas),
    withdrawalsRoot: emptyRoot,
    blobGasUsed: quantity(block.blobGasUsed),
    excessBlobGas: '0x0',
    parentBeaconBlockRoot: block.roots.beacon,
    requestsHash: emptyRequests,
    hash: block.hash,
  };
}

/** A whole block, its transactions as objects or as hashes. */
export function renderBlock(block: ScriptedBlock, full: boolean): RpcObject {
  const transactions = block.receipts.map((receipt) =>
    full ? renderTransaction(receipt.transaction, { block, index: receipt.index }) : receipt.transaction.hash,
  );
  const size = quantity(600 + block.receipts.length * 120);
  return { ...renderHeader(block), size, transactions, uncles: [], withdrawals: [] };
}

/** The block that a node would make next: what only sealing decides is null. */
export function renderPendingBlock(block: ScriptedBlock, full: boolean): RpcObject {
  return { ...renderBlock(block, full), hash: null, nonce: null, miner: null };
}

/** A transaction in its block, or (`place` null) in the pool. */
export function renderTransaction(
  transaction: ScriptedTransaction,
  place: { readonly block: ScriptedBlock; readonly index: number } | null,
): RpcObject {
  const { block } = place ?? { block: null };
  const price = block === null ? feeCapOf(transaction) : effectivePriceOf(transaction, block.baseFeePerGas);
  return {
    blockHash: block === null ? null : block.hash,
    blockNumber: block === null ? null : quantity(block.number),
    blockTimestamp: block === null ? null : quantity(timestampOf(block)),
    from: transaction.from,
    gas: quantity(transaction.gas),
    gasPrice: quantity(price),
    ...feeFields(transaction),
    hash: transaction.hash,
    input: transaction.input,
    nonce: quantity(transaction.nonce),
    to: transaction.to,
    transactionIndex: place === null ? null : quantity(place.index),
    value: quantity(transaction.value),
    type: quantity(transaction.type),
    ...typeFields(transaction),
    v: quantity(transaction.v),
    r: quantity(transaction.r),
    s: quantity(transaction.s),
    ...(transaction.type === 0 ? {} : { yParity: quantity(transaction.yParity) }),
  };
}

function feeFields(transaction: ScriptedTransaction): RpcObject {
  const { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas } = transaction;
  return {
    ...(maxFeePerGas === null ? {} : { maxFeePerGas: quantity(maxFeePerGas) }),
    ...(maxPriorityFeePerGas === null ? {} : { maxPriorityFeePerGas: quantity(maxPriorityFeePerGas) }),
    ...(maxFeePerBlobGas === null ? {} : { maxFeePerBlobGas: quantity(maxFeePerBlobGas) }),
  };
}

function typeFields(transaction: ScriptedTransaction): RpcObject {
  const chainId = quantity(transaction.chainId);
  if (transaction.type === 0) return { chainId };
  const { accessList, blobVersionedHashes } = transaction;
  return {
    accessList,
    chainId,
    ...(transaction.type === 3 ? { blobVersionedHashes } : {}),
    ...(transaction.type === 4 ? { authorizationList: transaction.authorizations.map(renderAuthorization) } : {}),
  };
}

function renderAuthorization(entry: ScriptedAuthorization): RpcObject {
  return {
    chainId: quantity(entry.chainId),
    address: entry.address,
    nonce: quantity(entry.nonce),
    yParity: quantity(entry.yParity),
    r: quantity(entry.r),
    s: quantity(entry.s),
  };
}

export function renderReceipt(receipt: ScriptedReceipt, block: ScriptedBlock): RpcObject {
  const { transaction } = receipt;
  const blobs = BigInt(transaction.blobVersionedHashes.length);
  return {
    ...(transaction.type === 3 ? { blobGasPrice: quantity(blobBaseFee), blobGasUsed: quantity(blobs * blobGas) } : {}),
    blockHash: block.hash,
    blockNumber: quantity(block.number),
    contractAddress: receipt.contractAddress,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    from: transaction.from,
    gasUsed: quantity(receipt.gasUsed),
    logs: [],
    logsBloom: emptyBloom,
    status: receipt.status === 'success' ? '0x1' : '0x0',
    to: transaction.to,
    transactionHash: transaction.hash,
    transactionIndex: quantity(receipt.index),
    type: quantity(transaction.type),
  };
}

/** The receipt of one transaction in one block. */
export function receiptIn(block: ScriptedBlock, hash: Hash): ScriptedReceipt | null {
  return block.receipts.find((receipt) => receipt.transaction.hash === hash) ?? null;
}
