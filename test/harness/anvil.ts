import { createRequire } from 'node:module';
import { fundedAddresses, revertingCode, revertingContract, startBalance } from './accounts.ts';
import type { ChainNode } from './chain-node.ts';
import { startProcess } from './child-process.ts';
import { createJsonRpc, type JsonRpc } from './json-rpc.ts';
import { waitUntil } from './wait-until.ts';

export interface AnvilOptions {
  readonly chainId?: number;
  /** Milliseconds between blocks; left out: blocks come only by `mine`. */
  readonly blockTimeMs?: number;
  /** `safe` is this many blocks below the head, `finalized` twice as many. */
  readonly slotsInAnEpoch?: number;
  /** 0: any free port. */
  readonly port?: number;
}

export interface AnvilNode extends ChainNode {
  /** Puts other blocks in place of the newest `depth`; transactions go into the new blocks by their place, the rest is left out. */
  reorg(depth: number, transactions?: readonly (readonly [raw: string, block: number])[]): Promise<void>;
  /** Takes it out of the pool, as an eviction would. */
  dropTransaction(hash: string): Promise<void>;
  /** Goes back to the ancestor that many blocks below the head: the chain is shorter afterwards. */
  rollback(depth: number): Promise<void>;
  snapshot(): Promise<string>;
  revert(snapshot: string): Promise<void>;
}

/** Starts anvil with funded accounts and the reverting contract, with block 0 as head. */
export async function startAnvil(options: AnvilOptions = {}): Promise<AnvilNode> {
  const chainId = options.chainId ?? 31_337;
  const mining =
    options.blockTimeMs === undefined ? ['--no-mining'] : ['--block-time', String(options.blockTimeMs / 1000)];
  const child = startProcess({
    name: 'anvil',
    command: anvilPath(),
    args: [
      ...['--port', String(options.port ?? 0), '--host', '127.0.0.1', '--chain-id', String(chainId)],
      ...['--hardfork', 'osaka', '--accounts', '1', '--slots-in-an-epoch', String(options.slotsInAnEpoch ?? 2)],
      // Full history, at any mining speed: the chain is the test's truth to the end.
      ...['--transaction-block-keeper', '100000', ...mining],
    ],
  });
  try {
    const [, address] = await child.waitForLine(/^Listening on (127\.0\.0\.1:\d+)/);
    const rpc = createJsonRpc(`http://${address}`);
    await fund(rpc);
    return anvilNode(rpc, chainId, String(address), async () => void (await child.stop()));
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

function anvilNode(rpc: JsonRpc, chainId: number, address: string, stop: () => Promise<void>): AnvilNode {
  return {
    name: 'anvil',
    chainId,
    chain: `eip155:${chainId}`,
    httpUrl: `http://${address}`,
    wsUrl: `ws://${address}`,
    rpc,
    send: (raw) => sendToPool(rpc, raw),
    mine: async (count = 1) => void (await rpc.call('anvil_mine', [`0x${count.toString(16)}`])),
    reorg: async (depth, transactions = []) => void (await rpc.call('anvil_reorg', [depth, transactions])),
    dropTransaction: async (hash) => void (await rpc.call('anvil_dropTransaction', [hash])),
    rollback: async (depth) => void (await rpc.call('anvil_rollback', [depth])),
    snapshot: () => rpc.call<string>('evm_snapshot'),
    revert: async (snapshot) => void (await rpc.call('evm_revert', [snapshot])),
    stop,
  };
}

async function sendToPool(rpc: JsonRpc, raw: string): Promise<string> {
  const hash = await rpc.call<string>('eth_sendRawTransaction', [raw]);
  await waitUntil(() => rpc.call('eth_getTransactionByHash', [hash]), { what: `the pool to show ${hash}` });
  return hash;
}

async function fund(rpc: JsonRpc): Promise<void> {
  await Promise.all(
    fundedAddresses().map((address) => rpc.call('anvil_setBalance', [address, `0x${startBalance.toString(16)}`])),
  );
  await rpc.call('anvil_setCode', [revertingContract, revertingCode]);
}

/** The binary itself rather than the package's launcher: a signal then reaches the node and not a go-between. */
function anvilPath(): string {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const launcher = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
  return createRequire(launcher).resolve(`@foundry-rs/anvil-${platform}/bin/anvil`);
}
