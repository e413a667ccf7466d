// A wallet speeds a transaction up while somebody waits for it.

import { createClient } from '@txtrail/client';
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, createWalletClient, http, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { key, recipient, rpcUrl, url } from '../place.mjs';

const account = privateKeyToAccount(generatePrivateKey());
const wallet = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });
const reader = createPublicClient({ chain: foundry, transport: http(rpcUrl), pollingInterval: 200 });
const ethersProvider = new JsonRpcProvider(rpcUrl, undefined, { polling: true, pollingInterval: 200 });
const client = createClient({ url, key });

// Too cheap to be mined, so that there is time to replace it.
const fees = { maxFeePerGas: parseGwei('0.3'), maxPriorityFeePerGas: parseGwei('0.1') };
const first = await wallet.sendTransaction({ to: recipient, value: 1n, nonce: 0, ...fees });
const { id } = await client.track({ chain: 'sandbox', hash: first });

const early = reader.waitForTransactionReceipt({ hash: first });
const ethersWait = ethersProvider.waitForTransaction(first, 1, 8_000).then(
  () => 'resolved',
  (error) => `rejected with ${error.code}`,
);
const ours = client.waitForTransaction({
  id,
  confirmations: 1,
  onReplaced: ({ reason, transaction }) =>
    console.log(`TxTrail: onReplaced, ${reason} by the second: ${transaction.hash === second}`),
});

// viem finds a replacement only if it has looked at the first one before: so it gets the time to.
await new Promise((resolve) => setTimeout(resolve, 2_000));
const raised = { maxFeePerGas: parseGwei('50'), maxPriorityFeePerGas: parseGwei('5') };
const second = await wallet.sendTransaction({ to: recipient, value: 1n, nonce: 0, ...raised });

const receipt = await early;
console.log(
  `viem, waiting since before: the receipt of ${receipt.transactionHash === second ? 'the second' : 'the first'}`,
);

// Another process that knows no more than the hash, a moment later.
const late = await reader
  .waitForTransactionReceipt({ hash: first, timeout: 5_000, retryCount: 1 })
  .catch((error) => error);
console.log(`viem, asked afterwards: ${late.name}`);
console.log(`ethers, provider.waitForTransaction: ${await ethersWait}`);

const transaction = await ours;
console.log(`TxTrail, waiting since before: ${transaction.hash === second ? 'the second' : 'the first'}`);
const again = await client.waitForTransaction({ chain: 'sandbox', hash: first, confirmations: 1 });
console.log(`TxTrail, asked afterwards: ${again.hash === second ? 'the second' : 'the first'}`);
ethersProvider.destroy();
