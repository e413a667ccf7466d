import { afterEach, describe, expect, it } from 'vitest';
import { CaseRig, caseChain } from '../../test/harness/case-rig.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { createClient } from './client.ts';
import type { TxTrailClient } from './client.ts';
import type { TransportName } from './client-options.ts';
import type { Subscription } from './subscription.ts';

describe('against the real tracker', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function started(transport?: 'auto' | TransportName): Promise<{ rig: CaseRig; client: TxTrailClient }> {
    const rig = await CaseRig.start();
    const client = createClient({ url: rig.url, key: rig.apiKey, transport });
    ends.push(
      () => rig.end(),
      () => client.close(),
    );
    return { rig, client };
  }

  it.each(['websocket', 'poll'] as const)('tells the story of a payment over %s', async (transport) => {
    const { rig, client } = await started(transport);
    const payment = rig.pay();
    const tracked = await client.track({ chain: caseChain, hash: payment.hash });
    expect(tracked.hash).toBe(payment.hash);
    const told = collect(client.subscribe({ subscriber: 'default' }));
    await rig.mine(6);
    rig.finalize();
    await rig.mine(1);
    await waitUntil(() => told.includes('transaction.finalized'), { what: 'the end', describe: () => told.join() });
    expect(told.filter((type) => type !== 'transaction.executed')).toEqual(
      rig.events.map(({ type }) => type).filter((type) => type !== 'transaction.executed'),
    );
  });

  it('waits for a payment', async () => {
    const { rig, client } = await started();
    const payment = rig.pay();
    const waiting = client.waitForTransaction({ chain: caseChain, hash: payment.hash, confirmations: 2 });
    await rig.saw('pending', 1, payment.hash);
    await rig.mine(3);
    const transaction = await waiting;
    expect(transaction).toMatchObject({ hash: payment.hash, execution: 'success' });
    expect(transaction.confirmations).toBeGreaterThanOrEqual(2);
  });
});

function collect(subscription: Subscription): string[] {
  const types: string[] = [];
  void (async () => {
    for await (const { event } of subscription) types.push(event.type);
  })();
  return types;
}
