import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { Scenario } from '../harness/scenario.ts';
import { TransactionSender } from '../harness/transactions.ts';

describe('a transaction that was mined before it was registered', () => {
  let node: AnvilNode;
  let scenario: Scenario;

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 4 });
    await node.mine(2);
    scenario = await Scenario.start(node);
  });
  afterAll(async () => {
    await scenario?.stop();
    await node?.stop();
  });

  async function mined(accountIndex: number, blocksAbove: number): Promise<string> {
    const { raw, hash } = await new TransactionSender({ accountIndex, chainId: node.chainId }).eip1559();
    await node.send(raw);
    await node.mine(1 + blocksAbove);
    // What the tracker has not heard of cannot be late for it.
    await scenario.caughtUp();
    return hash;
  }

  it('gives the same story at once, with late: true, when it is final already', async () => {
    const { id } = await scenario.track(await mined(0, 20));
    await scenario.until(id, 'transaction.finalized');
    expect(scenario.story(id)).toEqual(['included', 'confirmation 2', 'confirmation 3', 'confirmed', 'finalized']);
    expect(scenario.socket.eventsOf(id).map(({ data }) => data.late)).toEqual([true, true, true, true, true]);
    expect(await scenario.problems([id])).toEqual([]);
  });

  it('says late only of what was due already', async () => {
    const { id } = await scenario.track(await mined(1, 1));
    await scenario.until(id, 'transaction.confirmation');
    await node.mine(12);
    await scenario.until(id, 'transaction.finalized');
    const told = scenario.socket.eventsOf(id).map(({ data }, index) => [scenario.story(id)[index], data.late]);
    expect(told).toEqual([
      ['included', true],
      ['confirmation 2', true],
      ['confirmation 3', false],
      ['confirmed', false],
      ['finalized', false],
    ]);
    expect(await scenario.problems([id])).toEqual([]);
  });

  it('also finds one that was mined before the tracker first started', async () => {
    const hash = await mined(2, 20);
    const second = await Scenario.start(node);
    try {
      const { id } = await second.track(hash);
      await second.until(id, 'transaction.finalized');
      expect(second.story(id)).toEqual(['included', 'confirmation 2', 'confirmation 3', 'confirmed', 'finalized']);
      expect(await second.problems([id])).toEqual([]);
    } finally {
      await second.stop();
    }
  });
});
