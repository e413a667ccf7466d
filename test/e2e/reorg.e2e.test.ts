import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { findGeth, startGeth, type GethNode } from '../harness/geth.ts';
import { Scenario } from '../harness/scenario.ts';
import { TransactionSender } from '../harness/transactions.ts';

describe('a reorg on anvil', () => {
  let node: AnvilNode;
  let scenario: Scenario;

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 8 });
    await node.mine(2);
    scenario = await Scenario.start(node);
  });
  afterAll(async () => {
    await scenario?.stop();
    await node?.stop();
  });

  it('at equal height into another block with the same transaction gives reorged, then included (H06, H73)', async () => {
    const { raw, hash } = await new TransactionSender({ accountIndex: 0, chainId: node.chainId }).eip1559();
    const { id } = await scenario.trackPending(raw, hash);
    await node.mine();
    const first = await scenario.until(id, 'transaction.included');
    await node.reorg(1, [[raw, 0]]);
    const reorged = await scenario.until(id, 'transaction.reorged');
    const second = await scenario.until(id, 'transaction.included', 2);
    const { blockHash, blockNumber } = first.data.transaction;
    const reorg = { fromBlockHash: blockHash, fromBlockNumber: blockNumber, depth: 1, beyondFinality: false };
    expect(reorged.data.reorg).toEqual(reorg);
    expect(second.data.transaction.blockNumber).toBe(blockNumber);
    expect(second.data.transaction.blockHash).not.toBe(blockHash);
    await node.mine(20);
    await scenario.until(id, 'transaction.finalized');
    expect(await scenario.problems([id])).toEqual([]);
  });
});

describe.skipIf(findGeth() === null)('a reorg on geth, between branches of two nodes', () => {
  let node: GethNode;
  let rivalNode: GethNode;
  let scenario: Scenario;
  let nextAccount = 10;

  beforeAll(async () => {
    [node, rivalNode] = await Promise.all([startGeth({ settle: { safe: 8, finalized: 12 } }), startGeth()]);
    await node.mine(2);
    scenario = await Scenario.start(node);
  });
  afterAll(async () => {
    await scenario?.stop();
    await Promise.all([node?.stop(), rivalNode?.stop()]);
  });

  const freshSender = (): TransactionSender => {
    nextAccount += 1;
    return new TransactionSender({ accountIndex: nextAccount, chainId: node.chainId });
  };

  /** Builds a branch on the second node, block by block from these transactions, and makes the first one change over. */
  async function changeOver(ancestor: string, blocks: readonly (readonly string[])[]): Promise<void> {
    await rivalNode.follow(node, ancestor);
    for (const only of blocks) await rivalNode.produceBlock({ only });
    await node.follow(rivalNode, (await rivalNode.head()).hash);
  }

  async function includedAt(
    raw: string,
    hash: string,
    depth: number,
  ): Promise<{ readonly id: string; readonly ancestor: string }> {
    const ancestor = (await node.head()).hash;
    const { id } = await scenario.trackPending(raw, hash);
    await node.produceBlock({ expect: [hash] });
    for (let block = 1; block < depth; block += 1) await node.produceBlock({ only: [] });
    await scenario.until(id, 'transaction.included');
    if (depth >= 3) await scenario.until(id, 'transaction.confirmation', 2);
    return { id, ancestor };
  }

  it.each([1, 3])(
    'of depth %i at equal height falls back to pending, and a new block includes it (H06, H74, F04)',
    async (depth) => {
      const { raw, hash } = await freshSender().eip1559();
      const { id, ancestor } = await includedAt(raw, hash, depth);
      await changeOver(
        ancestor,
        Array.from({ length: depth }, () => []),
      );
      const { data } = await scenario.until(id, 'transaction.reorged');
      expect(data.reorg).toMatchObject({ depth, beyondFinality: false });
      expect(data.transaction.status).toBe('pending');
      await node.produceBlock({ expect: [hash] });
      await scenario.until(id, 'transaction.included', 2);
      await node.mine(15);
      await scenario.until(id, 'transaction.finalized');
      expect(await scenario.problems([id])).toEqual([]);
    },
  );

  it('of depth 3 into a longer branch that holds it at another height gives reorged, then included there (H73)', async () => {
    const { raw, hash } = await freshSender().eip1559();
    const { id, ancestor } = await includedAt(raw, hash, 3);
    await changeOver(ancestor, [[], [raw], [], []]);
    const reorged = await scenario.until(id, 'transaction.reorged');
    const again = await scenario.until(id, 'transaction.included', 2);
    expect(reorged.data.reorg?.depth).toBe(3);
    expect(again.data.transaction.blockNumber).toBe(Number(reorged.data.reorg?.fromBlockNumber) + 1);
    await node.mine(15);
    await scenario.until(id, 'transaction.finalized');
    expect(await scenario.problems([id])).toEqual([]);
  });

  it.each([1, 3])('of depth %i into a branch with its rival gives reorged, then replaced (F07)', async (depth) => {
    const sender = freshSender();
    const first = await sender.eip1559();
    const rival = await sender.otherRival(first);
    const { id, ancestor } = await includedAt(first.raw, first.hash, depth);
    await changeOver(ancestor, [[rival.raw], ...Array.from({ length: depth }, () => [])]);
    const replaced = await scenario.until(id, 'transaction.replaced');
    expect(replaced.data.replacement).toMatchObject({ hash: rival.hash, reason: 'replaced', final: false });
    await node.mine(15);
    const settled = await scenario.until(id, 'transaction.replaced', 2);
    expect(settled.data.replacement?.final).toBe(true);
    expect(scenario.story(id).filter((type) => !type.startsWith('confirmation'))).toEqual([
      'pending',
      'included',
      'reorged',
      'replaced',
      'replaced',
    ]);
    expect(await scenario.problems([id])).toEqual([]);
  });

  it('back to the first branch (A-B-A) ends in the first block again (F04)', async () => {
    const { raw, hash } = await freshSender().eip1559();
    const { id, ancestor } = await includedAt(raw, hash, 1);
    const first = (await node.head()).hash;
    await changeOver(ancestor, [[], []]);
    await scenario.until(id, 'transaction.reorged');
    const branch = node.built(first);
    expect(branch).not.toBeNull();
    await node.forkchoice({ head: first });
    const again = await scenario.until(id, 'transaction.included', 2);
    expect(again.data.transaction.blockHash).toBe(first);
    await node.mine(15);
    await scenario.until(id, 'transaction.finalized');
    expect(await scenario.problems([id])).toEqual([]);
  });
});
