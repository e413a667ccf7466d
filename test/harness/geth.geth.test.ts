import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockAt, receiptOf } from './chain-node.ts';
import { findGeth, startGeth, type GethNode } from './geth.ts';
import { TransactionSender } from './transactions.ts';

describe.skipIf(findGeth() === null)('geth, driven through its Engine API', () => {
  let node: GethNode;
  let rival: GethNode;

  beforeAll(async () => {
    [node, rival] = await Promise.all([startGeth({ settle: { safe: 2, finalized: 4 } }), startGeth()]);
  }, 60_000);
  afterAll(() => Promise.all([node?.stop(), rival?.stop()]));

  const senderAt = (accountIndex: number): TransactionSender =>
    new TransactionSender({ accountIndex, chainId: node.chainId });
  const statusOf = async (hash: string): Promise<unknown> => (await receiptOf(node.rpc, hash))?.status ?? null;

  it('mines a transaction of every kind from its pool, the reverting one with status 0', async () => {
    const sender = senderAt(0);
    const signed = [
      await sender.legacy(),
      await sender.eip1559(),
      await sender.setCode({ authority: { accountIndex: 1, nonce: 0 } }),
      await sender.reverting(),
      await senderAt(2).blob(),
    ];
    for (const { raw, hash } of signed) expect(await node.send(raw)).toBe(hash);
    await node.produceBlock({ expect: signed.map(({ hash }) => hash) });
    const receipts = await Promise.all(signed.map(({ hash }) => receiptOf(node.rpc, hash)));
    expect(receipts.map((receipt) => [receipt?.type, receipt?.status])).toEqual([
      ['0x0', '0x1'],
      ['0x2', '0x1'],
      ['0x4', '0x1'],
      ['0x2', '0x0'],
      ['0x3', '0x1'],
    ]);
  });

  it('moves safe and finalized by the forkchoice', async () => {
    await node.mine(6);
    const head = Number((await node.head()).number);
    expect(Number((await blockAt(node.rpc, 'safe'))?.number)).toBe(head - 2);
    expect(Number((await blockAt(node.rpc, 'finalized'))?.number)).toBe(head - 4);
  });

  it.each([1, 3])(
    'forks at depth %i by blocks carried over from a second node, at equal height and one above',
    async (depth) => {
      const ancestor = await node.head();
      await rival.follow(node, ancestor.hash);
      const sender = senderAt(3 + depth);
      const transaction = await sender.eip1559();
      const other = await sender.otherRival(transaction);
      await node.send(transaction.raw);
      await node.produceBlock({ expect: [transaction.hash] });
      for (let block = 1; block < depth; block += 1) await node.produceBlock({ only: [] });
      const left = await node.head();
      const branch = [await rival.produceBlock({ only: [other.raw] })];
      while (branch.length < depth) branch.push(await rival.produceBlock({ only: [] }));
      for (const block of branch) await node.importBlock(block);
      expect((await node.head()).hash).toBe(left.hash);
      await node.forkchoice({ head: String(branch.at(-1)?.payload.blockHash) });
      const head = await node.head();
      expect([head.number, head.hash === left.hash]).toEqual([left.number, false]);
      expect([await statusOf(transaction.hash), await statusOf(other.hash)]).toEqual([null, '0x1']);
      await node.follow(rival, (await rival.produceBlock({ only: [] })).payload.blockHash);
      expect(Number((await node.head()).number)).toBe(Number(left.number) + 1);
    },
  );

  it('puts a transaction back into its pool when its block leaves the chain, and builds without it by `only`', async () => {
    const ancestor = await node.head();
    const transaction = await senderAt(8).eip1559();
    await node.send(transaction.raw);
    await node.produceBlock({ expect: [transaction.hash] });
    await node.produceBlock({ parent: ancestor.hash, only: [] });
    const shown = await node.rpc.call<{ readonly blockHash: string | null }>('eth_getTransactionByHash', [
      transaction.hash,
    ]);
    expect(shown.blockHash).toBeNull();
    await node.produceBlock({ expect: [transaction.hash] });
    expect(await statusOf(transaction.hash)).toBe('0x1');
  });
});
