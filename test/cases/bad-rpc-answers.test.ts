import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/scripted-chain/fault.ts';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();
const ladder = ['pending', 'included', 'confirmation 3', 'confirmed'];

/** What an RPC node may answer instead, and what `GET /v1/chains` has to say about it. */
const nodes = [
  ['HTML', { kind: 'html' }, /not JSON|HTML/i],
  ['truncated JSON', { kind: 'truncated' }, /not JSON|cut|JSON/i],
  ['wrong ids', { kind: 'wrong_id' }, /\bid\b/i],
  ['a wrong chain id', { kind: 'wrong_chain_id', chainId: 999 }, /eip155:999.*eip155:31337/],
  ['nothing', { kind: 'hang' }, /did not answer/],
  ['an empty connection', { kind: 'drop' }, /cannot be reached/],
] as const satisfies readonly (readonly [string, Fault, RegExp])[];

describe.each(nodes)('F12 F13: a node that answers %s', (_what, fault, reason) => {
  const state = fault.kind === 'wrong_chain_id' ? 'refused' : 'failing';
  const speed = 10;

  test('from the start, as the primary: a clear reason, and the other provider’s chain goes on undisturbed', async () => {
    const rig = await start({
      providers: ['bad', 'good'],
      speed,
      before: ({ provider }) => provider('bad').fault({ fault }),
    });
    await rig.providerIs('bad', state, reason);
    await rig.providerIs('good', 'leading');
    const payment = await rig.pending();
    await rig.mine(5);
    await rig.saw('confirmed');
    expect(rig.saidOf(payment).filter((said) => said !== 'executed')).toEqual(ladder);
    const view = await rig.chainView();
    expect(view.providers.find(({ name }) => name === 'good')).toMatchObject({ state: 'leading', reason: null, lag: 0 });
  });

  test('in the middle, and alone: a clear reason, nothing is said that is not so, and nothing is lost', async () => {
    const rig = await start({ speed });
    await rig.mine(1);
    const payment = await rig.pending();
    const clear = rig.provider().fault({ fault });
    rig.server.dropSockets('main');
    await rig.providerIs('main', state, reason);
    rig.chain.mine({ count: 4 });
    const unseen = rig.pay();
    const { id } = await rig.track({ hash: unseen.hash });
    expect(await rig.transaction(id)).toMatchObject({ status: 'unknown', isTerminal: false });
    expect(rig.saidOf(payment)).toEqual(['pending']);
    clear();
    if (state === 'refused') await rig.crash();
    await rig.saw('included', 1, payment.hash);
    await rig.mine(5);
    await rig.saw('confirmed', 1, payment.hash);
    await rig.saw('confirmed', 1, unseen.hash);
    expect(rig.saidOf(payment).filter((said) => said !== 'executed')).toEqual(ladder);
  });
});
