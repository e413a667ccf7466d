import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from './anvil.ts';
import { blockAt, headNumber, receiptOf } from './chain-node.ts';
import { TransactionSender } from './transactions.ts';

describe('anvil, as the tests use it', () => {
  let node: AnvilNode;

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 2 });
  });
  afterAll(() => node?.stop());

  it('mines a transaction of every kind, the reverting one with status 0', async () => {
    const sender = new TransactionSender({ accountIndex: 0, chainId: node.chainId });
    const signed = [
      await sender.legacy(),
      await sender.eip1559(),
      await sender.setCode({ authority: { accountIndex: 1, nonce: 0 } }),
      await sender.reverting(),
    ];
    const blob = await new TransactionSender({ accountIndex: 2, chainId: node.chainId }).blob();
    for (const transaction of [...signed, blob]) expect(await node.send(transaction.raw)).toBe(transaction.hash);
    await node.mine();
    const receipts = await Promise.all([...signed, blob].map(({ hash }) => receiptOf(node.rpc, hash)));
    expect(receipts.map((receipt) => [receipt?.type, receipt?.status])).toEqual([
      ['0x0', '0x1'],
      ['0x2', '0x1'],
      ['0x4', '0x1'],
      ['0x2', '0x0'],
      ['0x3', '0x1'],
    ]);
  });

  it('moves safe and finalized behind the head', async () => {
    await node.mine(10);
    const head = await headNumber(node.rpc);
    expect(Number((await blockAt(node.rpc, 'safe'))?.number)).toBe(head - 2);
    expect(Number((await blockAt(node.rpc, 'finalized'))?.number)).toBe(head - 4);
  });

  it('replaces its newest blocks at equal height, with and without the transaction', async () => {
    const sender = new TransactionSender({ accountIndex: 3, chainId: node.chainId });
    const transaction = await sender.eip1559();
    await node.send(transaction.raw);
    await node.mine();
    const before = await blockAt(node.rpc, 'latest');
    await node.reorg(1, [[transaction.raw, 0]]);
    const after = await blockAt(node.rpc, 'latest');
    expect(after?.number).toBe(before?.number);
    expect(after?.hash).not.toBe(before?.hash);
    expect(after?.transactions).toContain(transaction.hash);
    await node.reorg(1);
    expect((await blockAt(node.rpc, 'latest'))?.transactions).not.toContain(transaction.hash);
  });

  it('drops a transaction from its pool', async () => {
    const sender = new TransactionSender({ accountIndex: 4, chainId: node.chainId });
    const { raw, hash } = await sender.eip1559();
    await node.send(raw);
    await node.dropTransaction(hash);
    expect(await node.rpc.call('eth_getTransactionByHash', [hash])).toBeNull();
  });
});
