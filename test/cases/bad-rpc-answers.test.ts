import { expect, test } from 'vitest';
import type { Fault } from '../../src/scripted-chain/fault.ts';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();

const ladder = ['pending', 'included', 'confirmation 3', 'confirmed'];
const speed = 5;

/** What an RPC node may answer instead, and what `GET /v1/chains` has to say about it. */
const nodes = [
  ['HTML', { kind: 'html' }, /not JSON|HTML/i],
  ['truncated JSON', { kind: 'truncated' }, /not JSON/i],
  ['wrong ids', { kind: 'wrong_id' }, /\bid\b/i],
  ['a wrong chain id', { kind: 'wrong_chain_id', chainId: 999 }, /eip155:999.*eip155:31337/],
  ['nothing', { kind: 'hang' }, /did not answer/],
  ['an empty connection', { kind: 'drop' }, /cannot be reached/],
] as const satisfies readonly (readonly [string, Fault, RegExp])[];

function stateFor(fault: Fault): string {
  return fault.kind === 'wrong_chain_id' ? 'refused' : 'failing';
}

test.each(nodes)(
  "F12 F13: a node that answers %s from the start, as the primary: said in GET /v1/chains, and the other provider's chain goes on undisturbed",
  async (_what, fault, reason) => {
    const rig = await start({
      providers: ['bad', 'good'],
      speed,
      before: ({ provider }) => provider('bad').fault({ fault }),
    });
    await rig.providerIs('bad', stateFor(fault), reason);
    await rig.providerIs('good', 'leading');
    const payment = await rig.pending();
    await rig.mine(5);
    await rig.saw('confirmed');
    expect(rig.saidOf(payment)).toEqual(ladder);
    const view = await rig.chainView();
    const good = view.providers.find(({ name }) => name === 'good');
    expect(good).toMatchObject({ state: 'leading', reason: null, lag: 0 });
  },
);

test.each(nodes)(
  'F12 F13: a node that answers %s in the middle, and alone: said in GET /v1/chains, nothing is made up, and nothing is lost',
  async (_what, fault, reason) => {
    const rig = await start({ speed });
    await rig.mine(1);
    const payment = await rig.pending();
    const clear = rig.provider().fault({ fault });
    rig.server.dropSockets('main');
    await rig.providerIs('main', stateFor(fault), reason);
    rig.chain.mine({ count: 4 });
    const unseen = rig.pay();
    const { id } = await rig.track({ hash: unseen.hash });
    expect(await rig.transaction(id)).toMatchObject({ status: 'unknown', isTerminal: false });
    expect(rig.saidOf(payment)).toEqual(['pending']);
    clear();
    // A refused provider is asked again after half a minute; a restart asks at once.
    if (stateFor(fault) === 'refused') await rig.crash();
    await rig.saw('included', 1, payment.hash);
    await rig.mine(5);
    await rig.saw('confirmed', 1, payment.hash);
    await rig.saw('confirmed', 1, unseen.hash);
    expect(rig.saidOf(payment)).toEqual(ladder);
  },
);
