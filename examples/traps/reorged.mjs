// The block of a transaction that was confirmed once leaves the chain.

import { createClient } from '@txtrail/client';
import { createPublicClient, createWalletClient, http } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { key, recipient, reorg, rpcUrl, url } from '../place.mjs';

const account = privateKeyToAccount(generatePrivateKey());
const wallet = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });
const reader = createPublicClient({ chain: foundry, transport: http(rpcUrl), pollingInterval: 200 });
const client = createClient({ url, key });

const hash = await wallet.sendTransaction({ to: recipient, value: 1n });
const { id } = await client.track({ chain: 'sandbox', hash });
const told = [];
const subscription = client.subscribe({ transaction: id, from: 'earliest' });
const listening = (async () => {
  for await (const { event } of subscription) {
    told.push(event.type.replace('transaction.', ''));
    if (told.includes('reorged') && told.at(-1) !== 'reorged') break;
  }
})();

const receipt = await reader.waitForTransactionReceipt({ hash });
console.log(`viem: resolved with a receipt, ${receipt.status}`);
while (!told.includes('included')) await new Promise((resolve) => setTimeout(resolve, 50));
await reorg(3);
await listening;

const block = await reader.getBlock({ blockNumber: receipt.blockNumber });
console.log(`viem: the block of that receipt is on the chain: ${block.hash === receipt.blockHash}; nobody was told`);
console.log(`TxTrail: reorged was told after included: ${told.indexOf('reorged') > told.indexOf('included')}`);
