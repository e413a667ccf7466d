import type { JsonRpcTransport } from '../adapters/json-rpc/json-rpc-message.ts';
import type { Address, Hash } from '../core/chain/block.ts';

/** What the demo asks of the chain, over its JSON-RPC port like any wallet. Every call may reject with the transport's fault. */
export interface DemoNode {
  /** The nonce after what waits in the pool. */
  nextNonce(address: Address): Promise<number>;
  /** The head's, wei. */
  baseFee(): Promise<bigint>;
  send(raw: string): Promise<Hash>;
  /** Whether a canonical block holds it. */
  isMined(hash: Hash): Promise<boolean>;
  /** Whether the pool or a block holds it. */
  isKnown(hash: Hash): Promise<boolean>;
}

export function createDemoNode(transport: JsonRpcTransport): DemoNode {
  const call = (method: string, ...params: readonly unknown[]): Promise<unknown> => transport.call({ method, params });
  return {
    nextNonce: async (address) => Number(await call('eth_getTransactionCount', address, 'pending')),
    baseFee: async () => {
      const head = (await call('eth_getBlockByNumber', 'latest', false)) as { readonly baseFeePerGas: string };
      return BigInt(head.baseFeePerGas);
    },
    send: async (raw) => (await call('eth_sendRawTransaction', raw)) as Hash,
    isMined: async (hash) => (await call('eth_getTransactionReceipt', hash)) !== null,
    isKnown: async (hash) => (await call('eth_getTransactionByHash', hash)) !== null,
  };
}
