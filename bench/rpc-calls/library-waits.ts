/** The peers of the tracking: viem's and ethers' own waits for a receipt, as their guides show them, one a transaction. */
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, http, type Hash } from 'viem';

export type Library = 'viem' | 'ethers';

export type WaitsRequest =
  | { readonly kind: 'wait'; readonly library: Library; readonly url: string; readonly hashes: readonly string[] }
  /** Answered once every wait has ended. */
  | { readonly kind: 'end' };

export type WaitsReply =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'ended'; readonly receipts: number; readonly failures: number };

/** For new blocks; their defaults are 4 s. */
const pollingMs = 500;
const longestWaitMs = 300_000;

let waits: Promise<boolean[]> = Promise.resolve([]);

function waitWithViem(url: string, hashes: readonly string[]): Promise<boolean>[] {
  const client = createPublicClient({ transport: http(url), pollingInterval: pollingMs });
  return hashes.map(async (hash) => {
    const receipt = await client.waitForTransactionReceipt({ hash: hash as Hash, timeout: longestWaitMs });
    return receipt.transactionHash === hash;
  });
}

function waitWithEthers(url: string, hashes: readonly string[]): Promise<boolean>[] {
  const provider = new JsonRpcProvider(url);
  provider.pollingInterval = pollingMs;
  return hashes.map(async (hash) => {
    const receipt = await provider.waitForTransaction(hash, 1, longestWaitMs);
    return receipt?.hash === hash;
  });
}

process.on('message', (request: WaitsRequest) => {
  if (request.kind === 'wait') {
    const start = request.library === 'viem' ? waitWithViem : waitWithEthers;
    waits = Promise.all(start(request.url, request.hashes).map((wait) => wait.catch(() => false)));
    process.send?.({ kind: 'waiting' } satisfies WaitsReply);
    return;
  }
  void waits.then((ends) => {
    const receipts = ends.filter(Boolean).length;
    process.send?.({ kind: 'ended', receipts, failures: ends.length - receipts } satisfies WaitsReply);
  });
});
process.on('disconnect', () => process.exit(0));
