import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { startBrokenProvider, type Breakage, type BrokenProvider } from '../harness/broken-provider.ts';
import type { ChainView } from '../harness/http-client.ts';
import { providerOf, Scenario } from '../harness/scenario.ts';
import { TransactionSender } from '../harness/transactions.ts';
import { waitUntil } from '../harness/wait-until.ts';

const breakages: readonly Breakage[] = ['html', 'truncated', 'wrong_ids', 'silent', 'empty', 'server_error', 'not_rpc'];

/** A port of the reserved range on which nothing listens. */
const deadUrl = 'http://127.0.0.1:1';

describe('providers that are no use', () => {
  let node: AnvilNode;
  const broken = new Map<Breakage, BrokenProvider>();

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 2 });
    await node.mine(2);
    for (const breakage of [...breakages, 'wrong_chain'] as const) {
      broken.set(breakage, await startBrokenProvider(breakage, node.httpUrl));
    }
  });
  afterAll(async () => {
    await Promise.all([...broken.values()].map((provider) => provider.stop()));
    await node?.stop();
  });

  const badProvider = (breakage: Breakage): object => ({
    name: breakage,
    http: broken.get(breakage)?.url,
    role: 'primary',
  });

  async function providersWhen(
    scenario: Scenario,
    what: string,
    matches: (providers: ChainView['providers']) => boolean,
  ): Promise<ChainView['providers']> {
    return waitUntil(
      async () => {
        const [chain] = await scenario.http.chains();
        return chain !== undefined && matches(chain.providers) ? chain.providers : null;
      },
      { what, timeoutMs: 45_000 },
    );
  }

  it.each(breakages)(
    'follows the chain by the good one when another answers "%s", and says which is which',
    async (breakage) => {
      const scenario = await Scenario.start(node, [
        badProvider(breakage),
        { ...providerOf(node, 'good'), role: 'secondary' },
      ]);
      try {
        const sender = new TransactionSender({ accountIndex: breakages.indexOf(breakage), chainId: node.chainId });
        const { raw, hash } = await sender.eip1559();
        const { id } = await scenario.trackPending(raw, hash);
        await node.mine(8);
        await scenario.until(id, 'transaction.finalized');
        expect(await scenario.problems([id])).toEqual([]);
        const isJudged = ({ name, reason }: ChainView['providers'][number]): boolean =>
          name === 'good' || reason !== null;
        const providers = await providersWhen(scenario, 'the broken one to be judged', (list) => list.every(isJudged));
        const good = providers.find(({ name }) => name === 'good');
        const bad = providers.find(({ name }) => name === breakage);
        expect(good?.state).toBe('leading');
        expect(['failing', 'refused']).toContain(bad?.state);
        expect(bad?.reason).toMatch(/\S/);
        expect(broken.get(breakage)?.requests()).toBeGreaterThan(0);
      } finally {
        await scenario.stop();
      }
    },
  );

  it('refuses a provider of another chain, names both chain ids, and goes on (H85)', async () => {
    const scenario = await Scenario.start(node, [badProvider('wrong_chain'), providerOf(node, 'good')]);
    try {
      const isRefused = (list: ChainView['providers']): boolean => list.some(({ state }) => state === 'refused');
      const providers = await providersWhen(scenario, 'the refusal', isRefused);
      const refused = providers.find(({ name }) => name === 'wrong_chain');
      expect(refused?.state).toBe('refused');
      expect(refused?.reason).toMatch(/999/);
      expect(refused?.reason).toContain(String(node.chainId));
      const { raw, hash } = await new TransactionSender({ accountIndex: 20, chainId: node.chainId }).eip1559();
      const { id } = await scenario.trackPending(raw, hash);
      await node.mine(8);
      await scenario.until(id, 'transaction.finalized');
      expect(await scenario.problems([id])).toEqual([]);
    } finally {
      await scenario.stop();
    }
  });

  it('starts without any provider that answers, keeps registrations, and concludes nothing from silence', async () => {
    const scenario = await Scenario.start(node, [{ name: 'dead', http: deadUrl, role: 'primary' }]);
    try {
      const transaction = await scenario.track(`0x${'11'.repeat(32)}`);
      expect(transaction.status).toBe('unknown');
      const failing = await providersWhen(scenario, 'the dead provider to be called failing', (list) =>
        list.every(({ state, reason }) => state === 'failing' && reason !== null),
      );
      expect(failing[0]?.reason).toMatch(/\S/);
      expect((await scenario.http.chains())[0]).toMatchObject({ head: null, lag: null });
      const ready = await fetch(`${scenario.tracker.adminUrl}/readyz`);
      expect(await ready.json()).toMatchObject({ ready: true, warnings: [expect.stringMatching(/dead is failing/)] });
      expect((await scenario.http.transaction(transaction.id)).status).toBe('unknown');
      expect(scenario.socket.events()).toEqual([]);
    } finally {
      await scenario.stop();
    }
  });
});
