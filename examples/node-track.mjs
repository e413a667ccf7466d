// Follow one transaction by its hash: node examples/node-track.mjs 0x…

import { createClient } from '@txtrail/client';
import { key, url } from './place.mjs';

const [hash, chain = 'sandbox'] = process.argv.slice(2);
const client = createClient({ url, key });
const transaction = await client.waitForTransaction({
  chain,
  hash,
  onReplaced: ({ reason, transaction }) => console.log(`${reason} by ${transaction.hash}`),
  onReorged: ({ depth }) => console.log(`${depth} blocks were replaced; going on`),
});
console.log(`${transaction.hash} ${transaction.status}, ${transaction.execution}, block ${transaction.blockNumber}`);
