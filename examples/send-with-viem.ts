// Send with viem, follow with TxTrail: node examples/send-with-viem.ts

import { createClient } from '@txtrail/client';
import { createWalletClient, type Hex, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { key, privateKey, recipient, rpcUrl, url } from './place.mjs';

const account = privateKeyToAccount(privateKey as Hex);
const wallet = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });
const hash = await wallet.sendTransaction({ to: recipient as Hex, value: 1n });
console.log(`sent ${hash}`);

const client = createClient({ url, key });
const transaction = await client.waitForTransaction({ chain: 'sandbox', hash, confirmations: 2 });
console.log(`${transaction.status} in block ${transaction.blockNumber}, ${transaction.confirmations} confirmations`);
