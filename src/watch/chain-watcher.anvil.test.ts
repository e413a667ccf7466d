import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type AnvilNode, startAnvil } from '../../test/harness/anvil.ts';
import { blockAt } from '../../test/harness/chain-node.ts';
import { TransactionSender } from '../../test/harness/transactions.ts';
import { WatchRig, type WatchRigOptions } from '../../test/harness/watch-rig.ts';

/** The watcher against a real node. */

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function anvil(options: Parameters<typeof startAnvil>[0] = {}): Promise<AnvilNode> {
  const node = await startAnvil(options);
  endings.push(() => node.stop());
  return node;
}

function watch(node: AnvilNode, options: Partial<WatchRigOptions> = {}): WatchRig {
  const endpoints = [{ name: 'main', http: node.httpUrl, ws: node.wsUrl }];
  const rig = new WatchRig({ chain: node.chain, endpoints, ...options });
  rig.watcher.start();
  endings.push(() => rig.watcher.stop());
  return rig;
}

async function headHash(node: AnvilNode): Promise<string> {
  return (await blockAt(node.rpc, 'latest'))?.hash as string;
}

/** Passes requests on to the node until it is stopped, as a provider before it does. */
async function proxy(node: AnvilNode): Promise<{ readonly http: string; stop(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      fetch(node.httpUrl, {
        method: 'POST',
        body: Buffer.concat(chunks),
        headers: { 'content-type': 'application/json' },
      })
        .then((answer) => answer.text())
        .then(
          (text) => response.end(text),
          () => response.destroy(),
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  endings.push(stop);
  return { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

test('blocks, tags, receipts and a broadcast of a real node', async () => {
  const node = await anvil();
  await node.mine(10);
  const rig = watch(node);
  await rig.at(await headHash(node));
  const sender = new TransactionSender({ accountIndex: 0, chainId: node.chainId });
  const [first, second] = [await sender.eip1559(), await sender.reverting()];
  for (const { raw, hash } of [first, second]) {
    rig.watcher.submit({ chain: node.chain, raw, hash });
    await rig.until('the broadcast', () => rig.factsOf('broadcast', hash).length > 0);
    expect(rig.factsOf('broadcast', hash)[0]?.outcome).toBe('accepted');
  }
  await node.mine();
  await rig.at(await headHash(node));
  const block = rig.of('applied').at(-1)?.block;
  expect(block?.transactions.map((transaction) => transaction.hash)).toEqual([first.hash, second.hash]);
  for (const { hash, index } of block?.transactions ?? []) {
    const { hash: blockHash, number: blockNumber } = block as { hash: string; number: number };
    rig.watcher.probe({ kind: 'receipt', chain: node.chain, hash, blockHash, blockNumber, index });
  }
  await rig.until('both receipts', () => rig.factsOf('receipt').length === 2);
  expect(rig.factsOf('receipt', first.hash)[0]?.execution).toBe('success');
  expect(rig.factsOf('receipt', second.hash)[0]?.execution).toBe('reverted');
  await rig.until('finality', () => (rig.finalized?.number ?? 0) >= 7);
});

test.each([1, 3])('F04 a reorg of depth %i at equal height', async (depth) => {
  const node = await anvil();
  await node.mine(6);
  // Finality by a depth that the reorg stays above: anvil's own tags follow two blocks behind.
  const rig = watch(node, { finality: 5 });
  await rig.at(await headHash(node));
  await node.reorg(depth);
  // anvil announces nothing for a reorg: polling finds it, or the next block.
  await node.mine();
  await rig.at(await headHash(node));
  expect(rig.of('reverted')).toMatchObject([{ blocks: { length: depth }, beyondFinality: false }]);
});

test('H06 a reorg at equal height is found without a further block', async () => {
  const node = await anvil();
  await node.mine(4);
  const endpoints = [{ name: 'main', http: node.httpUrl, ws: null }];
  const rig = watch(node, { finality: 5, endpoints });
  await rig.at(await headHash(node));
  await node.reorg(1);
  await rig.at(await headHash(node));
  expect(rig.of('reverted')).toMatchObject([{ blocks: { length: 1 } }]);
});

test('H85 of two nodes with different chain ids the wrong one is refused', async () => {
  const [right, wrong] = [await anvil(), await anvil({ chainId: 4242 })];
  await right.mine(3);
  await wrong.mine(9);
  const rig = watch(right, {
    endpoints: [
      { name: 'wrong', http: wrong.httpUrl, ws: wrong.wsUrl },
      { name: 'right', http: right.httpUrl, ws: right.wsUrl, role: 'secondary' },
    ],
  });
  await rig.at(await headHash(right));
  await rig.until('the refusal', () => rig.state('wrong') === 'refused');
  expect(rig.watcher.report().providers[0]?.reason).toBe('it serves eip155:4242 instead of eip155:31337');
});

test('one of two providers stops: the other is followed', async () => {
  const node = await anvil();
  const [first, second] = [await proxy(node), await proxy(node)];
  const rig = watch(node, {
    endpoints: [
      { name: 'first', http: first.http, ws: null },
      { name: 'second', http: second.http, ws: null, role: 'secondary' },
    ],
  });
  await node.mine(2);
  await rig.at(await headHash(node));
  await rig.until('the primary to lead', () => rig.of('applied').length > 0);
  await first.stop();
  await node.mine(5);
  await rig.at(await headHash(node));
  await rig.until('the change', () => rig.state('second') === 'leading' && rig.state('first') === 'failing');
  expect(rig.of('reverted')).toEqual([]);
});
