// The connection breaks for a few seconds while events are read, as on a phone or behind a restarting proxy.

import { createClient } from '@txtrail/client';
import { WebSocketProvider } from 'ethers';
import { createServer, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPublicClient, createWalletClient, http, webSocket } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { key, recipient, rpcUrl, url } from '../place.mjs';

/** A way to an address that can be cut and closed. */
async function way(target) {
  const { hostname, port } = new URL(target);
  const lines = new Set();
  let isOpen = true;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const end = () => [near, far].map((socket) => socket.destroy());
    for (const socket of [near, far]) lines.add(socket.on('error', end).on('close', end));
    if (!isOpen) end();
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    cut() {
      isOpen = false;
      for (const socket of lines) socket.destroy();
    },
    open() {
      isOpen = true;
    },
  };
}

const chainWay = await way(rpcUrl);
const trackerWay = await way(url);
const reader = createPublicClient({ chain: foundry, transport: webSocket(`ws://${chainWay.address}`) });
const ethersProvider = new WebSocketProvider(`ws://${chainWay.address}`);
const client = createClient({ url: `http://${trackerWay.address}`, key });

const viemBlocks = [];
reader.watchBlockNumber({ onBlockNumber: (number) => viemBlocks.push(Number(number)), onError: () => undefined });
const ethersBlocks = [];
ethersProvider.on('block', (number) => ethersBlocks.push(number));
ethersProvider.websocket.onerror = () => undefined;
const seqs = [];
const subscription = client.subscribe({ subscriber: 'disconnected', from: 'latest' });
const reading = (async () => {
  for await (const { event } of subscription) seqs.push(event.seq);
})();

const account = privateKeyToAccount(generatePrivateKey());
const wallet = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) });
const direct = createClient({ url, key });
async function send() {
  const hash = await wallet.sendTransaction({ to: recipient, value: 1n });
  await direct.waitForTransaction({ chain: 'sandbox', hash, subscriber: 'disconnected' });
}

await send();
for (const one of [chainWay, trackerWay]) one.cut();
await send();
for (const one of [chainWay, trackerWay]) one.open();
await sleep(8_000);
await send();
await sleep(1_500);
await subscription.close();
await reading;

const holes = (numbers) => numbers.slice(1).filter((number, index) => number > numbers[index] + 1).length;
const head = Number(await createPublicClient({ chain: foundry, transport: http(rpcUrl) }).getBlockNumber());
const goesOn = (numbers) => head - numbers.at(-1) < 5;
console.log(`viem, watchBlockNumber: goes on ${goesOn(viemBlocks)}, holes ${holes(viemBlocks)}`);
console.log(`ethers, on("block"): goes on ${goesOn(ethersBlocks)}, holes ${holes(ethersBlocks)}`);
console.log(`TxTrail, subscribe: goes on ${seqs.length > 6}, holes ${holes(seqs)}`);
process.exit();
