import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil } from '../harness/anvil.ts';
import type { ChainNode } from '../harness/chain-node.ts';
import { findGeth, startGeth } from '../harness/geth.ts';
import { Scenario } from '../harness/scenario.ts';
import { TransactionSender, type SignedTransaction } from '../harness/transactions.ts';

// Where there is no geth, `findGeth` says so loudly and only anvil's half runs.
const withGeth = findGeth() !== null;

const nodes = [
  { name: 'anvil', present: true, start: (): Promise<ChainNode> => startAnvil({ slotsInAnEpoch: 4 }) },
  {
    name: 'geth',
    present: withGeth,
    start: (): Promise<ChainNode> => startGeth({ settle: { safe: 4, finalized: 8 } }),
  },
];

describe.each(nodes.filter(({ present }) => present))('the whole ladder on $name', ({ start }) => {
  let node: ChainNode;
  let scenario: Scenario;

  beforeAll(async () => {
    node = await start();
    await node.mine(2);
    scenario = await Scenario.start(node);
  });
  afterAll(async () => {
    await scenario?.stop();
    await node?.stop();
  });

  async function oneOfEach(): Promise<readonly SignedTransaction[]> {
    const sender = new TransactionSender({ accountIndex: 0, chainId: node.chainId });
    return [
      await sender.legacy(),
      await sender.eip1559(),
      await sender.setCode({ authority: { accountIndex: 1, nonce: 0 } }),
      await sender.reverting(),
      await new TransactionSender({ accountIndex: 2, chainId: node.chainId }).blob(),
    ];
  }

  it('takes a legacy, an EIP-1559, a set-code, a blob and a reverting transaction (H95) from the pool to finalized', async () => {
    const signed = await oneOfEach();
    const ids: string[] = [];
    for (const { raw, hash } of signed) ids.push((await scenario.trackPending(raw, hash)).id);
    await node.mine(20);
    for (const id of ids) await scenario.until(id, 'transaction.finalized');
    for (const id of ids) {
      expect(scenario.story(id)).toEqual([
        'pending',
        'included',
        'confirmation 2',
        'confirmation 3',
        'confirmed',
        'finalized',
      ]);
    }
    expect(await scenario.problems(ids)).toEqual([]);
    const ends = await Promise.all(ids.map((id) => scenario.http.transaction(id)));
    expect(
      ends.map(({ status, execution, finality, isTerminal }) => [status, execution, finality, isTerminal]),
    ).toEqual(
      signed.map(({ kind }) => ['finalized', kind === 'reverting' ? 'reverted' : 'success', 'finalized', true]),
    );
    expect(ends.map(({ from, nonce, to }) => [from, nonce, to])).toEqual(
      signed.map(({ from, nonce, to }) => [from.toLowerCase(), nonce, to.toLowerCase()]),
    );
  });

  it('counts the inclusion block as the first confirmation (H40)', async () => {
    const sender = new TransactionSender({ accountIndex: 3, chainId: node.chainId });
    const { raw, hash } = await sender.eip1559();
    const { id } = await scenario.trackPending(raw, hash);
    await node.mine(1);
    const included = await scenario.until(id, 'transaction.included');
    expect(included.data.confirmations).toBe(1);
    await node.mine(2);
    await scenario.until(id, 'transaction.confirmation', 2);
    expect(scenario.story(id)).toEqual(['pending', 'included', 'confirmation 2', 'confirmation 3']);
    await node.mine(1);
    const confirmed = await scenario.until(id, 'transaction.confirmed');
    expect(confirmed.data.confirmations).toBe(4);
    expect(await scenario.problems([id])).toEqual([]);
  });
});
