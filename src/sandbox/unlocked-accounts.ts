import type { ProviderView } from '../scripted-chain/provider-view.ts';
import { addressArgument, quantityArgument } from '../scripted-chain/rpc-arguments.ts';
import { RpcFailure } from '../scripted-chain/rpc-failure.ts';
import { rpcMethods } from '../scripted-chain/rpc-methods.ts';
import type { RpcMethod } from '../scripted-chain/rpc-methods.ts';
import { sendRaw } from '../scripted-chain/send-raw.ts';
import type { SandboxWallet } from './accounts.ts';
import { signTransaction } from './sign-transaction.ts';

const defaultTip = 1_000_000_000n;

/**
 * What a node with unlocked accounts answers beside the usual methods, so that a transaction can be
 * sent with curl alone: the node signs it, and fills in what the caller left out.
 */
export function unlockedAccounts(wallets: readonly SandboxWallet[]): Readonly<Record<string, RpcMethod>> {
  const accounts = (): readonly string[] => wallets.map(({ address }) => address);
  return {
    eth_accounts: accounts,
    eth_requestAccounts: accounts,
    eth_sendTransaction: (view, params) => {
      const call = callOf(params[0]);
      const from = addressArgument([call['from']], 0);
      const wallet = wallets.find(({ address }) => address === from);
      if (wallet === undefined) throw new RpcFailure(-32000, 'unknown account');
      return sendRaw(view.chain, signTransaction(completed(view, from, call), wallet.privateKey).raw).hash;
    },
  };
}

type Call = Readonly<Record<string, unknown>>;

function callOf(value: unknown): Call {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RpcFailure(-32602, 'invalid argument 0: expected a transaction object');
  }
  return value as Call;
}

function completed(view: ProviderView, from: string, call: Call): Parameters<typeof signTransaction>[0] {
  const gasPrice = amountOf(call['gasPrice']);
  const maxPriorityFeePerGas = amountOf(call['maxPriorityFeePerGas']) ?? gasPrice ?? defaultTip;
  const usual = view.chain.nextBaseFee() * 2n + maxPriorityFeePerGas;
  const gas = call['gas'] ?? rpcMethods['eth_estimateGas']?.(view, [call]);
  return {
    chainId: view.chain.chainId,
    nonce: call['nonce'] === undefined ? view.pendingNonce(from) : quantityArgument(call['nonce'], 0),
    to: call['to'] === undefined || call['to'] === null ? null : addressArgument([call['to']], 0),
    value: amountOf(call['value']) ?? 0n,
    input: inputOf(call['input'] ?? call['data']),
    gas: amountOf(gas) ?? 0n,
    maxFeePerGas: amountOf(call['maxFeePerGas']) ?? gasPrice ?? usual,
    maxPriorityFeePerGas,
  };
}

function amountOf(value: unknown): bigint | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value)) return BigInt(value);
  throw new RpcFailure(-32602, 'invalid argument 0: an amount is a hex string with 0x prefix');
}

function inputOf(value: unknown): string {
  if (value === undefined || value === null) return '0x';
  if (typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value)) return value.toLowerCase();
  throw new RpcFailure(-32602, 'invalid argument 0: data is a hex string with 0x prefix');
}
