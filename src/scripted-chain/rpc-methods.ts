import type { Hash } from '../core/chain/block.ts';
import { blobBaseFee, revertingCode } from './execute-block.ts';
import type { ProviderView } from './provider-view.ts';
import { quantity, receiptIn, renderBlock, renderPendingBlock, renderReceipt, renderTransaction } from './render.ts';
import {
  addressArgument,
  blockArgument,
  hashArgument,
  quantityArgument,
  stateArgument,
  textArgument,
} from './rpc-arguments.ts';
import { rpcFailures } from './rpc-failure.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import { effectivePriceOf, intrinsicGas } from './scripted-transaction.ts';
import { sendRaw } from './send-raw.ts';

export type RpcMethod = (view: ProviderView, params: readonly unknown[]) => unknown;

const suggestedTip = 1_000_000_000n;

/** geth's limit on the blocks of one fee history. */
const feeHistoryLimit = 1024;

/** Every method that a provider answers, with geth's shapes. A method throws RpcFailure for an error object. */
export const rpcMethods: Readonly<Record<string, RpcMethod>> = {
  eth_chainId: ({ chain }) => quantity(chain.chainId),
  net_version: ({ chain }) => String(chain.chainId),
  web3_clientVersion: () => 'ScriptedChain/v1',
  eth_syncing: () => false,
  eth_accounts: () => [],
  eth_blockNumber: (view) => quantity(view.head.number),
  eth_getBlockByNumber: (view, params) => {
    if (params[0] === undefined) throw rpcFailures.missing(0);
    return blockAnswer(view, params);
  },
  eth_getBlockByHash: (view, params) => {
    const block = view.block(hashArgument(params, 0));
    return block === null ? null : renderBlock(block, params[1] === true);
  },
  eth_getBlockReceipts: (view, params) => {
    if (params[0] === undefined) throw rpcFailures.missing(0);
    const choice = blockArgument(view, params, 0);
    if (choice.kind !== 'block') return null;
    return choice.block.receipts.map((receipt) => renderReceipt(receipt, choice.block));
  },
  eth_getTransactionByHash: (view, params) => transactionAnswer(view, hashArgument(params, 0)),
  eth_getTransactionReceipt: (view, params) => receiptAnswer(view, hashArgument(params, 0)),
  eth_getTransactionCount: (view, params) => {
    const address = addressArgument(params, 0);
    if (params[1] === 'pending') return quantity(view.pendingNonce(address));
    return quantity(view.chain.account(address, stateArgument(view, params, 1)).nonce);
  },
  eth_getBalance: (view, params) =>
    quantity(view.chain.account(addressArgument(params, 0), stateArgument(view, params, 1)).balance),
  eth_getCode: (view, params) => view.chain.account(addressArgument(params, 0), stateArgument(view, params, 1)).code,
  eth_call: (view, params) => {
    refuseReverting(view, params, stateArgument(view, params, 1));
    return '0x';
  },
  eth_estimateGas: (view, params) => {
    refuseReverting(view, params, stateArgument(view, params, 1));
    return quantity(estimate(params[0]));
  },
  /** Without an EVM no contract runs, so there never is a log. */
  eth_getLogs: () => [],
  eth_gasPrice: (view) => quantity(view.head.baseFeePerGas + suggestedTip),
  eth_maxPriorityFeePerGas: () => quantity(suggestedTip),
  eth_blobBaseFee: () => quantity(blobBaseFee),
  eth_feeHistory: feeHistory,
  eth_sendRawTransaction: (view, params) => sendRaw(view.chain, textArgument(params, 0)).hash,
  txpool_status: (view) => {
    const none = { pending: 0, queued: 0 };
    const counts = view.hidesPool ? none : view.chain.pool.counts((address) => view.chain.account(address).nonce);
    return { pending: quantity(counts.pending), queued: quantity(counts.queued) };
  },
};

function blockAnswer(view: ProviderView, params: readonly unknown[]): unknown {
  const choice = blockArgument(view, params, 0);
  const full = params[1] === true;
  if (choice.kind === 'unknown') return null;
  if (choice.kind === 'block') return renderBlock(choice.block, full);
  return renderPendingBlock(view.chain.preview(view.head), full);
}

function transactionAnswer(view: ProviderView, hash: Hash): unknown {
  const block = view.chain.blocks.holder(hash, view.head);
  const receipt = block === null ? null : receiptIn(block, hash);
  if (block !== null && receipt !== null)
    return renderTransaction(receipt.transaction, { block, index: receipt.index });
  const pending = view.pending(hash);
  return pending === null ? null : renderTransaction(pending, null);
}

function receiptAnswer(view: ProviderView, hash: Hash): unknown {
  const block = view.chain.blocks.holder(hash, view.head);
  const receipt = block === null ? null : receiptIn(block, hash);
  return block === null || receipt === null ? null : renderReceipt(receipt, block);
}

/** The one program that this chain knows is the one that reverts. */
function refuseReverting(view: ProviderView, params: readonly unknown[], at: ScriptedBlock): void {
  const { to } = (params[0] ?? {}) as { readonly to?: unknown };
  if (typeof to === 'string' && view.chain.account(to, at).code === revertingCode) throw rpcFailures.reverted();
}

function estimate(call: unknown): bigint {
  if (typeof call !== 'object' || call === null) throw rpcFailures.missing(0);
  const { to, input, data, accessList, authorizationList } = call as Readonly<Record<string, unknown>>;
  const given = typeof input === 'string' ? input : data;
  return intrinsicGas({
    to: typeof to === 'string' ? to : null,
    input: typeof given === 'string' ? given : '0x',
    accessList: Array.isArray(accessList) ? accessList : [],
    authorizations: Array.isArray(authorizationList) ? authorizationList : [],
  });
}

function feeHistory(view: ProviderView, params: readonly unknown[]): unknown {
  const count = Math.min(quantityArgument(params[0] ?? '0x1', 0), feeHistoryLimit);
  const newest = stateArgument(view, params, 1);
  const percentiles = Array.isArray(params[2]) ? params[2].map(Number) : null;
  const oldest = Math.max(0, newest.number - count + 1);
  const blocks: ScriptedBlock[] = [];
  for (let number = oldest; number <= newest.number; number += 1) {
    const block = view.chain.blocks.at(number, newest);
    if (block !== null) blocks.push(block);
  }
  const baseFees = [...blocks.map((block) => block.baseFeePerGas), view.chain.nextBaseFee(newest)];
  return {
    oldestBlock: quantity(blocks[0]?.number ?? newest.number),
    ...(percentiles === null
      ? {}
      : { reward: blocks.map((block) => percentiles.map((percent) => quantity(tipAt(block, percent)))) }),
    baseFeePerGas: baseFees.map(quantity),
    gasUsedRatio: blocks.map((block) => Number(block.gasUsed) / Number(block.gasLimit)),
    baseFeePerBlobGas: baseFees.map(() => quantity(blobBaseFee)),
    blobGasUsedRatio: blocks.map(() => 0),
  };
}

/** The tip at a percentile of the block's gas, cheapest first. */
function tipAt(block: ScriptedBlock, percent: number): bigint {
  const tips = block.receipts
    .map((receipt) => ({
      tip: effectivePriceOf(receipt.transaction, block.baseFeePerGas) - block.baseFeePerGas,
      gas: receipt.gasUsed,
    }))
    .sort((left, right) => (left.tip < right.tip ? -1 : 1));
  const wanted = (Number(block.gasUsed) * percent) / 100;
  let gas = 0n;
  for (const entry of tips) {
    gas += entry.gas;
    if (Number(gas) >= wanted) return entry.tip;
  }
  return tips.at(-1)?.tip ?? 0n;
}
