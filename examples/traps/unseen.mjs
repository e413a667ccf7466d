// "No receipt" is the answer for three different things.

import { createClient } from '@txtrail/client';
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, createWalletClient, http, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { key, recipient, rpcUrl, url } from '../place.mjs';

const account = privateKeyToAccount(generatePrivateKey());
const wallet = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });
const reader = createPublicClient({ chain: foundry, transport: http(rpcUrl) });
const ethersProvider = new JsonRpcProvider(rpcUrl);
const client = createClient({ url, key });

const fees = { maxFeePerGas: parseGwei('0.3'), maxPriorityFeePerGas: parseGwei('0.1') };
const waiting = await wallet.sendTransaction({ to: recipient, value: 1n, ...fees });
const never = `0x${'ab'.repeat(32)}`;

for (const [name, hash] of [
  ['in the pool', waiting],
  ['seen by nobody', never],
]) {
  const viem = await reader.getTransactionReceipt({ hash }).catch((error) => error.name);
  const ethers = await ethersProvider.getTransactionReceipt(hash);
  const { id } = await client.track({ chain: 'sandbox', hash });
  let transaction = await client.transaction(id);
  for (let look = 0; look < 50 && hash === waiting && transaction.status === 'unknown'; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    transaction = await client.transaction(id);
  }
  console.log(`${name}: viem ${viem}, ethers ${ethers}, TxTrail ${transaction.status}`);
}

const viem = await reader.waitForTransactionReceipt({ hash: waiting, timeout: 2_000 }).catch((error) => error);
console.log(`viem, when the time is over: ${viem.name}, with a transaction: ${'transaction' in viem}`);
const ours = await client
  .waitForTransaction({ chain: 'sandbox', hash: waiting, timeout: 2_000 })
  .catch((error) => error);
console.log(`TxTrail, when the time is over: ${ours.name}, which says: ${ours.transaction.status}`);
ethersProvider.destroy();
