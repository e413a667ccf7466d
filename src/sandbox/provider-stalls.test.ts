import { expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { exchange } from '../scripted-chain/exchange.ts';
import { ScriptedChain } from '../scripted-chain/scripted-chain.ts';
import { ScriptedProvider } from '../scripted-chain/scripted-provider.ts';
import { ProviderStalls } from './provider-stalls.ts';

function newRig() {
  const clock = manualClock(1_000_000);
  const scheduler = new ManualScheduler();
  const chain = new ScriptedChain({ chainId: 31_337, genesisTimeMs: 0 });
  const providers = ['alpha', 'beta'].map((name) => new ScriptedProvider({ name }, { chain }));
  const announced: string[] = [];
  const server = { announce: (name: string) => void announced.push(name) };
  const stalls = new ProviderStalls({ providers, server, clock, scheduler });
  const manners = () =>
    providers.map((provider) => exchange(provider, '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}', 0).manner);
  const hears = () => {
    chain.mine();
    return providers.map((provider) => provider.pushes({ kind: 'settled' }, 0).length);
  };
  return { clock, scheduler, stalls, announced, manners, hears };
}

test('a stalled provider answers nothing and tells of no head, until its time is over', async () => {
  const { clock, scheduler, stalls, announced, manners, hears } = newRig();
  expect([manners(), hears()]).toEqual([
    ['whole', 'whole'],
    [1, 1],
  ]);
  expect(stalls.stall('alpha', 5000)).toBe(true);
  expect([stalls.untilMs('alpha'), stalls.untilMs('beta')]).toEqual([1_005_000, null]);
  expect([manners(), hears()]).toEqual([
    ['hang', 'whole'],
    [0, 1],
  ]);
  await scheduler.pass(4999, clock);
  expect(manners()).toEqual(['hang', 'whole']);
  await scheduler.pass(1, clock);
  expect([manners(), hears()]).toEqual([
    ['whole', 'whole'],
    [1, 1],
  ]);
  expect([announced, stalls.untilMs('alpha')]).toEqual([['alpha'], null]);
});

test('a new stall takes the place of one that lasts', async () => {
  const { clock, scheduler, stalls, manners } = newRig();
  stalls.stall('beta', 60_000);
  stalls.stall('beta', 1000);
  await scheduler.pass(1000, clock);
  expect(manners()).toEqual(['whole', 'whole']);
  stalls.stall('beta', 1000);
  await scheduler.pass(500, clock);
  stalls.stall('beta', 1000);
  await scheduler.pass(500, clock);
  expect(manners()).toEqual(['whole', 'hang']);
  stalls.stop();
  expect([manners(), scheduler.nextDelayMs]).toEqual([['whole', 'whole'], null]);
});

test('there is no other provider to stall', () => {
  const { stalls, manners } = newRig();
  expect(stalls.stall('gamma', 1000)).toBe(false);
  expect(manners()).toEqual(['whole', 'whole']);
});
