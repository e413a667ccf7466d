import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { Scenario } from '../harness/scenario.ts';
import { TransactionSender, type SignedTransaction } from '../harness/transactions.ts';

describe('replacement by the same sender and nonce (H53)', () => {
  let node: AnvilNode;
  let scenario: Scenario;
  let nextAccount = 0;

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 3 });
    await node.mine(2);
    scenario = await Scenario.start(node);
  });
  afterAll(async () => {
    await scenario?.stop();
    await node?.stop();
  });

  const freshSender = (): TransactionSender => {
    nextAccount += 1;
    return new TransactionSender({ accountIndex: nextAccount, chainId: node.chainId });
  };

  it.each([
    ['a speed-up', 'repriced', (sender: TransactionSender, first: SignedTransaction) => sender.speedUp(first)],
    ['a self-cancel', 'cancelled', (sender: TransactionSender, first: SignedTransaction) => sender.selfCancel(first)],
    ['another rival', 'replaced', (sender: TransactionSender, first: SignedTransaction) => sender.otherRival(first)],
  ] as const)(
    'says of %s that it was %s, with the hash, and again once that is final',
    async (_, reason, makeRival) => {
      const sender = freshSender();
      const first = await sender.eip1559();
      const rival = await makeRival(sender, first);
      const { id } = await scenario.trackPending(first.raw, first.hash);
      await node.send(rival.raw);
      await node.mine();
      const replaced = await scenario.until(id, 'transaction.replaced');
      expect(replaced.data.replacement).toMatchObject({ hash: rival.hash, reason, final: false });
      expect(replaced.data.transaction).toMatchObject({
        status: 'replaced',
        reason,
        replacedBy: rival.hash,
        isTerminal: false,
      });
      await node.mine(12);
      const settled = await scenario.until(id, 'transaction.replaced', 2);
      expect(settled.data.replacement).toMatchObject({ hash: rival.hash, reason, final: true });
      expect(settled.data.transaction.isTerminal).toBe(true);
      expect(scenario.story(id)).toEqual(['pending', 'replaced', 'replaced']);
      expect(await scenario.problems([id])).toEqual([]);
    },
  );

  it('judges by what was mined, not by intent: a cancel that loses changes nothing (H59)', async () => {
    const sender = freshSender();
    const first = await sender.eip1559();
    const cancel = await sender.selfCancel(first);
    const original = await scenario.trackPending(first.raw, first.hash);
    const { id } = await scenario.track(cancel.hash, { from: first.from, nonce: first.nonce });
    await node.mine(13);
    await scenario.until(original.id, 'transaction.finalized');
    const lost = await scenario.until(id, 'transaction.replaced');
    expect(lost.data.replacement?.hash).toBe(first.hash);
    expect(await scenario.problems([original.id, id])).toEqual([]);
  });

  it('takes a replacement back when its winner is reorged out, and follows the original again (H58)', async () => {
    const sender = freshSender();
    const first = await sender.eip1559();
    const rival = await sender.otherRival(first);
    const { id } = await scenario.trackPending(first.raw, first.hash);
    await node.send(rival.raw);
    await node.mine();
    await scenario.until(id, 'transaction.replaced');
    await node.reorg(1, [[first.raw, 0]]);
    await node.mine();
    const included = await scenario.until(id, 'transaction.included');
    expect(included.data.transaction.status).toBe('included');
    await node.mine(12);
    await scenario.until(id, 'transaction.finalized');
    expect(await scenario.problems([id])).toEqual([]);
  });
});
