import type { JsonRpc } from './json-rpc.ts';

/** A block as `eth_getBlockByNumber` gives it with hashes only; quantities are hex. */
export interface RpcBlock {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: string;
  readonly transactions: readonly string[];
}

export interface RpcReceipt {
  readonly transactionHash: string;
  readonly blockHash: string;
  readonly blockNumber: string;
  readonly transactionIndex: string;
  readonly status: string;
  readonly gasUsed: string;
  readonly effectiveGasPrice: string;
  readonly type: string;
}

/** What every kind of node offers to a test. */
export interface ChainNode {
  readonly name: string;
  readonly chainId: number;
  /** CAIP-2. */
  readonly chain: string;
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly rpc: JsonRpc;
  /** Hands a raw transaction to the pool and waits until the pool shows it. Gives its hash. */
  send(raw: string): Promise<string>;
  /** Blocks from the pool, one after the other, the finality tags moving along. */
  mine(count?: number): Promise<void>;
  stop(): Promise<void>;
}

/** null: the node has no block there (yet). */
export function blockAt(rpc: JsonRpc, block: number | 'latest' | 'safe' | 'finalized'): Promise<RpcBlock | null> {
  const tag = typeof block === 'number' ? `0x${block.toString(16)}` : block;
  return rpc.call<RpcBlock | null>('eth_getBlockByNumber', [tag, false]);
}

export function receiptOf(rpc: JsonRpc, hash: string): Promise<RpcReceipt | null> {
  return rpc.call<RpcReceipt | null>('eth_getTransactionReceipt', [hash]);
}

export async function headNumber(rpc: JsonRpc): Promise<number> {
  return Number(await rpc.call<string>('eth_blockNumber'));
}
