import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../adapters/node/system-clock.ts';
import { nodeListener } from '../adapters/node/node-listener.ts';
import { createTimerScheduler } from '../adapters/node/timer-scheduler.ts';
import { ScriptedChain, type ScriptedChainOptions } from '../scripted-chain/scripted-chain.ts';
import { createScriptedChainServer, type ScriptedChainServer } from '../scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../scripted-chain/scripted-provider.ts';
import { TransactionSender } from '../../test/harness/transactions.ts';
import { WatchRig, type WatchRigOptions } from '../../test/harness/watch-rig.ts';

/** The watcher and the EVM provider, over HTTP and sockets, against providers that lie and fail as a script says. */

const sender = `0x${'11'.repeat(20)}`;

interface Stage {
  readonly chain: ScriptedChain;
  readonly server: ScriptedChainServer;
  readonly providers: Readonly<Record<string, ScriptedProvider>>;
  provider(name: string): ScriptedProvider;
}

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function stage(names: readonly string[], options: Partial<ScriptedChainOptions> = {}): Promise<Stage> {
  const chain = new ScriptedChain({ chainId: 1337, genesisTimeMs: 1_700_000_000_000, ...options });
  const providers = names.map((name) => new ScriptedProvider({ name }, { chain }));
  const clock = createSystemClock();
  const server = createScriptedChainServer(
    {},
    { chain, providers, listener: nodeListener, clock, scheduler: createTimerScheduler() },
  );
  await server.start();
  endings.push(() => server.stop());
  const byName = Object.fromEntries(providers.map((provider) => [provider.name, provider]));
  return {
    chain,
    server,
    providers: byName,
    provider: (name) => byName[name] as ScriptedProvider,
  };
}

interface WatchOptions extends Partial<WatchRigOptions> {
  /** Leaves the sockets out: heads come by polling only. */
  readonly polling?: boolean;
}

async function watch(on: Stage, options: WatchOptions = {}): Promise<WatchRig> {
  const endpoints = Object.keys(on.providers).map((name, index) => ({
    name,
    http: on.server.url(name).http,
    ws: options.polling === true ? null : on.server.url(name).ws,
    role: index === 0 ? ('primary' as const) : ('secondary' as const),
  }));
  const rig = new WatchRig({ chain: 'eip155:1337', endpoints, ...options });
  rig.watcher.start();
  endings.push(() => rig.watcher.stop());
  return rig;
}

async function watchedAtHead(on: Stage, options: WatchOptions = {}): Promise<WatchRig> {
  const rig = await watch(on, options);
  await rig.at(on.chain.head.hash);
  if (options.polling !== true) {
    await rig.until('all sockets', () => Object.keys(on.providers).every((name) => on.server.sockets(name) > 0));
  }
  await rig.until('a leader', () => rig.watcher.report().providers.some((each) => each.state === 'leading'));
  await rig.until('no provider starting', () =>
    rig.watcher.report().providers.every((each) => each.state !== 'starting'),
  );
  return rig;
}

describe('where it begins', () => {
  test('without finality, 64 blocks below the head', async () => {
    const on = await stage(['main']);
    on.chain.mine({ count: 100 });
    const rig = await watchedAtHead(on);
    expect(rig.of('anchored')).toMatchObject([{ block: { number: 36 }, target: 100, provider: 'main' }]);
    expect(rig.of('applied').length).toBe(64);
  });

  test('with finality, at the finalized block, and at most 128 below the head', async () => {
    const on = await stage(['main'], { finalizedDepth: 10 });
    on.chain.mine({ count: 50 });
    const near = await watchedAtHead(on);
    expect(near.of('anchored')[0]?.block.number).toBe(40);
    const far = await stage(['main'], { finalizedDepth: 150 });
    far.chain.mine({ count: 200 });
    expect((await watchedAtHead(far)).of('anchored')[0]?.block.number).toBe(72);
  });

  test('no later than what is waited for, though much became final since: a rival mined meanwhile is seen (seed 132)', async () => {
    const genesisTimeMs = 1_700_000_000_000;
    const on = await stage(['main'], { finalizedDepth: 10, genesisTimeMs });
    on.chain.mine({ count: 50 });
    // Blocks come every twelve seconds.
    const sinceMs = genesisTimeMs + 20 * 12_000;
    const rig = await watchedAtHead(on, { sinceMs, blockTimeMs: 12_000 });
    const [anchored] = rig.of('anchored');
    expect(anchored?.block.number).toBe(20);
    expect(rig.of('applied').length).toBe(30);
    // Never further than an hour.
    const far = await stage(['main'], { finalizedDepth: 10, genesisTimeMs });
    far.chain.mine({ count: 400 });
    const rigFar = await watchedAtHead(far, { sinceMs: genesisTimeMs, blockTimeMs: 12_000 });
    expect(rigFar.of('anchored')[0]?.block.number).toBe(390 - 300);
  });

  test('where the chain has settled is told together with the first block', async () => {
    const on = await stage(['main'], { finalizedDepth: 5 });
    on.chain.mine({ count: 20 });
    const rig = await watchedAtHead(on);
    expect(rig.records.slice(0, 2)).toMatchObject([
      { kind: 'anchored', block: { number: 15 } },
      { kind: 'settled', finalized: { number: 15 } },
    ]);
  });

  test('after a stop, where the log left it: the gap is filled, also over a reorg in the meantime', async () => {
    const on = await stage(['main'], { finalizedDepth: 20 });
    on.chain.mine({ count: 30 });
    const before = await watchedAtHead(on);
    await before.watcher.stop();
    on.chain.reorg({ depth: 3 });
    on.chain.mine({ count: 40 });
    const after = await watchedAtHead(on, { resume: before.resume });
    expect(after.of('anchored')).toEqual([]);
    expect(after.of('reverted')).toMatchObject([
      { blocks: { length: 3 }, ancestor: { number: 27 }, beyondFinality: false },
    ]);
    expect(after.of('applied').length).toBe(44);
  });
});

describe('following heads', () => {
  test('H01 F15 heads announced twice and out of order change nothing', async () => {
    const on = await stage(['main']);
    on.provider('main').fault({ fault: { kind: 'repeated_heads' } });
    on.provider('main').fault({ fault: { kind: 'unordered_heads' } });
    const rig = await watchedAtHead(on);
    for (let count = 0; count < 6; count += 1) await rig.at(on.chain.mine().hash);
    expect(rig.of('applied').length).toBe(6);
    expect(rig.of('reverted')).toEqual([]);
  });

  test('H02 H03 H22 a burst of blocks of which few are announced is filled by number', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const clear = on.provider('main').fault({ fault: { kind: 'skipped_heads' } });
    on.chain.mine({ count: 24 });
    clear();
    await rig.at(on.chain.mine().hash);
    expect(rig.of('applied').map((record) => record.block.number)).toEqual(
      Array.from({ length: 25 }, (_, index) => index + 1),
    );
  });

  test('a block carries its transactions with sender, nonce and digest', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const block = on.chain.mine({
      transactions: [
        { from: sender, value: 5n },
        { from: sender, to: sender, value: 0n },
      ],
    });
    await rig.at(block.hash);
    expect(rig.of('applied').at(-1)?.block.transactions).toMatchObject([
      { index: 0, from: sender, nonce: 0, selfCancel: false },
      { index: 1, from: sender, nonce: 1, selfCancel: true },
    ]);
  });

  test.each([
    { name: 'F04 depth 1', depth: 1, length: 2 },
    { name: 'F04 depth 7', depth: 7, length: 8 },
    { name: 'H06 equal height', depth: 1, length: 1 },
    { name: 'H07 shorter chain', depth: 4, length: 2 },
  ])('$name: one reverted, then the new branch', async ({ depth, length }) => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 12 });
    const rig = await watchedAtHead(on);
    const { reverted } = on.chain.reorg({ depth, length });
    await rig.at(on.chain.head.hash);
    expect(rig.of('reverted')).toMatchObject([{ ancestor: { number: 12 - depth }, beyondFinality: false }]);
    expect(rig.of('reverted')[0]?.blocks.map((block) => block.hash)).toEqual(
      reverted.map((block) => block.hash).reverse(),
    );
  });

  test('F04 a reorg back to the first branch', async () => {
    const on = await stage(['main']);
    on.chain.mine({ count: 5 });
    const rig = await watchedAtHead(on);
    const first = on.chain.head.hash;
    const branch = on.chain.fork(3);
    branch.mine({ count: 3 });
    branch.adopt();
    await rig.at(branch.tip.hash);
    on.chain.setHead(first);
    await rig.at(first);
    expect(rig.of('reverted').map((record) => record.blocks.length)).toEqual([2, 3]);
  });

  test('H07 F01 F02 a head that falls back on our own path is lag', async () => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on);
    on.provider('main').view.lag = 3;
    on.provider('spare').view.lag = 2;
    on.server.announce('main');
    on.server.announce('spare');
    on.chain.mine({ count: 5 });
    on.provider('main').view.lag = 0;
    on.server.announce('main');
    await rig.at(on.chain.head.hash);
    expect(rig.of('reverted')).toEqual([]);
  });

  test('F03 a provider that is not followed may stand on any fork', async () => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 6 });
    const branch = on.chain.fork(4);
    branch.mine({ count: 2 });
    on.provider('spare').view.pin = branch;
    const rig = await watchedAtHead(on);
    branch.mine();
    on.server.announce('spare');
    await rig.at(on.chain.mine({ count: 2 }).hash);
    expect(rig.of('reverted')).toEqual([]);
    expect(
      rig
        .of('applied')
        .every((record) => on.chain.blocks.isOn(on.chain.blocks.get(record.block.hash) as never, on.chain.head)),
    ).toBe(true);
  });
});

describe('providers that answer badly', () => {
  test('H08 a block that its announcer does not show yet comes from another', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'null_result' }, methods: ['eth_getBlockByHash'] });
    await rig.at(on.chain.mine().hash);
    expect(rig.state('main')).toBe('leading');
  });

  test('H08 with one provider it is asked for again', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'null_result' }, methods: ['eth_getBlockByHash'], times: 2 });
    await rig.at(on.chain.mine().hash);
    expect(rig.of('applied').length).toBe(1);
  });

  test('H08 a fork that a leader shows once and not again is not followed: nodes of different opinions behind one address', async () => {
    const on = await stage(['main']);
    on.chain.mine({ count: 5 });
    const rig = await watchedAtHead(on);
    const branch = on.chain.fork(3);
    branch.mine({ count: 2 });
    const main = on.provider('main');
    let shown = 0;
    const alter = (result: unknown): unknown => {
      shown += 1;
      if (shown === 2) main.view.pin = null;
      return result;
    };
    const when = (params: readonly unknown[]): boolean => params[0] !== 'safe' && params[0] !== 'finalized';
    main.fault({ fault: { kind: 'altered', alter }, methods: ['eth_getBlockByNumber'], when });
    main.view.pin = branch;
    on.server.announce('main');
    await rig.until('the second look', () => shown >= 3);
    await rig.at(on.chain.mine().hash);
    expect(rig.of('reverted')).toEqual([]);
  });

  test('H05 a head that is announced under a wrong hash is followed by its number', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const alter = (head: unknown): unknown => ({ ...(head as object), hash: `0x${'5'.repeat(64)}` });
    on.provider('main').fault({ methods: ['newHeads'], fault: { kind: 'altered', alter } });
    on.chain.mine();
    await rig.at(on.chain.head.hash);
  });

  test('F10 a block with another parent than its announcement said is taken from somebody else', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'forged_parent' }, methods: ['eth_getBlockByHash'] });
    on.chain.mine();
    await rig.at(on.chain.head.hash);
    expect(rig.of('reverted')).toEqual([]);
  });

  test('H85 the chain is asked for again over HTTP when the socket turns out to serve another', async () => {
    const on = await stage(['main'], {});
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'wrong_chain_id', chainId: 5 } });
    on.server.dropSockets('main');
    await rig.until('refusal', () => rig.watcher.report().providers[0]?.state === 'refused');
  });

  test('H11 a head that leaps is believed once its provider shows it, and its provider doubted until then', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    const alter = (head: unknown): unknown => ({ ...(head as object), number: '0xf4240', hash: `0x${'9'.repeat(64)}` });
    on.provider('spare').fault({ methods: ['newHeads'], fault: { kind: 'altered', alter } });
    const latest = ([id]: readonly unknown[]): boolean => id === 'latest';
    on.provider('spare').fault({ methods: ['eth_getBlockByNumber'], when: latest, fault: { kind: 'altered', alter } });
    on.chain.mine();
    const stateOf = () => rig.watcher.report().providers.find((provider) => provider.name === 'spare');
    await rig.until('doubt', () => stateOf()?.state === 'failing');
    expect(stateOf()).toMatchObject({ head: null, reason: 'it names block 1000000 as its head and does not show it' });
    await rig.at(on.chain.head.hash);
    expect(rig.of('applied').every((record) => record.target < 1_000_000)).toBe(true);
    on.provider('spare').faults.clear();
    on.chain.mine({ count: 200 });
    await rig.at(on.chain.head.hash);
    await rig.until('trust', () => stateOf()?.reason === null && stateOf()?.head === on.chain.head.number);
  });

  test('H10 a block shown without its transactions is refused, and another provider asked', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'empty_block' } });
    await rig.at(on.chain.mine({ transactions: [{ from: sender }] }).hash);
    expect(rig.of('applied').at(-1)?.block.transactions.length).toBe(1);
  });

  test.each([
    ['F13 HTML', { kind: 'html' }],
    ['F13 HTTP 503', { kind: 'http_status', status: 503 }],
    ['F13 HTTP 429', { kind: 'http_status', status: 429, retryAfterSeconds: 1 }],
    ['F13 truncated JSON', { kind: 'truncated' }],
    ['F12 a wrong id', { kind: 'wrong_id' }],
    ['a dropped connection', { kind: 'drop' }],
    ['F13 an unsafe number', { kind: 'unsafe_number' }],
    ['F13 a missing field', { kind: 'missing_field', field: 'parentHash' }],
    ['an error object', { kind: 'error', code: -32000, message: 'internal trouble' }],
  ] as const)('%s from the leader: the other one is followed, nothing is lost', async (_name, fault) => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    expect(rig.state('main')).toBe('leading');
    on.provider('main').fault({ fault, methods: ['eth_getBlockByNumber', 'eth_getBlockByHash'] });
    on.chain.mine({ count: 3 });
    await rig.at(on.chain.head.hash);
    on.chain.mine();
    await rig.at(on.chain.head.hash);
    expect(rig.of('applied').length).toBe(4);
    await rig.until('another leader', () => rig.state('spare') === 'leading');
  });

  test('F17 a leader that never answers is left', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on, { speed: 10 });
    on.provider('main').fault({ fault: { kind: 'hang' } });
    on.chain.mine({ count: 3 });
    await rig.at(on.chain.head.hash);
    await rig.until('another leader', () => rig.state('spare') === 'leading');
  });

  test('F18 all providers fail, then all come back', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on, { speed: 10 });
    const clear = ['main', 'spare'].map((name) =>
      on.provider(name).fault({ fault: { kind: 'http_status', status: 502 } }),
    );
    on.chain.mine({ count: 5 });
    await rig.until('both failing', () => rig.state('main') === 'failing' && rig.state('spare') === 'failing');
    for (const each of clear) each();
    await rig.at(on.chain.head.hash);
    expect(rig.of('reverted')).toEqual([]);
  });

  test('F10 H85 a provider of another chain is refused by name, the start goes on, and it may come back', async () => {
    const on = await stage(['main', 'spare']);
    const clear = on.provider('main').fault({ fault: { kind: 'wrong_chain_id', chainId: 5 } });
    const rig = await watch(on, { speed: 20 });
    await rig.at(on.chain.head.hash);
    await rig.until('the refusal', () => rig.state('main') === 'refused');
    expect(rig.watcher.report().providers[0]?.reason).toBe('it serves eip155:5 instead of eip155:1337');
    await rig.at(on.chain.mine().hash);
    expect(rig.of('applied').every((record) => record.provider === 'spare')).toBe(true);
    clear();
    await rig.until('its return', () => rig.state('main') !== 'refused');
  });

  test('H85 the chain is asked for again when the socket comes back', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'wrong_chain_id', chainId: 5 }, transport: 'http' });
    on.server.dropSockets('main');
    await rig.until('the refusal', () => rig.state('main') === 'refused');
    await rig.at(on.chain.mine().hash);
    expect(rig.of('applied').at(-1)?.provider).toBe('spare');
  });

  test('a leader that stays behind is left, and the primary leads again once it is fresh for a while', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on, { speed: 20 });
    on.provider('main').view.pin = { tip: on.chain.head };
    on.chain.mine({ count: 8 });
    await rig.at(on.chain.head.hash);
    expect(rig.state('main')).toBe('lagging');
    on.provider('main').view.pin = null;
    on.chain.mine();
    await rig.until('the return of the primary', () => rig.state('main') === 'leading');
    expect(rig.of('reverted')).toEqual([]);
  });
});

describe('sockets', () => {
  test('H20 F14 a deaf socket is noticed by polling and made anew; heads come by it again', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on, { speed: 20 });
    const clear = on.provider('main').fault({ fault: { kind: 'deaf' } });
    on.chain.mine({ count: 2 });
    await rig.at(on.chain.head.hash);
    await rig.until('the restart', () => rig.logged.some((entry) => entry.message.startsWith('socket is deaf')));
    clear();
    await rig.until('a new socket', () => on.server.sockets('main') > 0);
    await rig.at(on.chain.mine().hash);
  });

  test('F15 heads lost with the socket are caught up, by polling if need be', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    on.server.dropSockets('main', 'close');
    on.chain.mine({ count: 3 });
    await rig.at(on.chain.head.hash);
    await rig.until('a new socket', () => on.server.sockets('main') > 0);
    await rig.at(on.chain.mine().hash);
    expect(rig.of('applied').length).toBe(4);
  });

  test('calls that failed while the socket went on are tried again with the next head', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    const spare = on.provider('spare');
    spare.fault({ fault: { kind: 'http_status', status: 500 }, methods: ['eth_getTransactionByHash'] });
    let lookups = 0;
    await rig.until('the spare failing', () => {
      lookups += 1;
      rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash: `0x${lookups.toString(16).padStart(64, '0')}` });
      return rig.state('spare') === 'failing';
    });
    // While heads come by its socket it is polled but once a minute.
    await rig.until('the spare standing by', () => {
      on.chain.mine();
      return rig.state('spare') === 'standby';
    });
  });

  test('a provider without a socket is polled; one without HTTP is asked over its socket', async () => {
    const on = await stage(['main']);
    const polled = await watchedAtHead(on, { polling: true });
    const socketOnly = [{ name: 'main', http: null, ws: on.server.url('main').ws }];
    const socketed = await watch(on, { endpoints: socketOnly });
    await socketed.at(on.chain.head.hash);
    const block = on.chain.mine({ transactions: [{ from: sender }] });
    await polled.at(block.hash);
    await socketed.at(block.hash);
  });
});

describe('finality', () => {
  test('safe and finalized follow the tags', async () => {
    const on = await stage(['main'], { safeDepth: 2, finalizedDepth: 4 });
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on);
    on.chain.mine({ count: 5 });
    await rig.until('finality', () => rig.finalized?.number === 11);
    expect(rig.of('settled').every((record) => record.source === 'tag')).toBe(true);
  });

  test('H17 a finalized block that is not on our path is not taken', async () => {
    const on = await stage(['main']);
    on.chain.mine({ count: 8 });
    const rig = await watchedAtHead(on);
    const foreign = on.chain.fork(5).mine();
    on.chain.setFinalized(foreign.hash);
    // The view shows what its own path has of it: make the provider tell the foreign block itself.
    const header = { number: '0x6', hash: foreign.hash, parentHash: foreign.parentHash, timestamp: '0x1' };
    on.provider('main').fault({
      fault: { kind: 'altered', alter: (result, params) => (params[0] === 'finalized' ? header : result) },
      methods: ['eth_getBlockByNumber'],
    });
    await rig.until('the warning', () =>
      rig.logged.some((entry) => entry.message.includes('not on the followed path')),
    );
    expect(rig.finalized?.hash).not.toBe(foreign.hash);
    await rig.at(on.chain.mine().hash);
  });

  test('a configured depth counts from the head, with every block', async () => {
    const on = await stage(['main'], { finalizedDepth: 1 });
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on, { finality: 3 });
    expect(rig.finalized?.number).toBe(7);
    await rig.at(on.chain.mine().hash);
    expect(rig.finalized?.number).toBe(8);
    expect(rig.of('settled').every((record) => record.source === 'depth')).toBe(true);
  });

  test('H17 F03 by depth, a leader on a fork of its own makes nothing of it final, and its return takes nothing final back (seed 1984)', async () => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on, { finality: 3 });
    await rig.until('finality', () => rig.finalized?.number === 7);
    const branch = on.chain.fork(8);
    on.provider('main').view.pin = branch;
    for (let count = 0; count < 6; count += 1) {
      on.chain.mine();
      const { hash } = branch.mine();
      on.server.announce('main');
      await rig.at(hash);
    }
    expect(rig.state('main')).toBe('leading');
    expect(rig.finalized?.number).toBe(7);
    on.provider('main').view.pin = null;
    await rig.at(on.chain.mine().hash);
    expect(rig.of('reverted').some(({ beyondFinality }) => beyondFinality)).toBe(false);
    await rig.until('finality', () => rig.finalized?.number === on.chain.head.number - 3);
  });

  test('by depth, the word of a provider that fails is not waited for', async () => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on, { finality: 3, polling: true });
    on.provider('spare').fault({ fault: { kind: 'http_status', status: 502 } });
    await rig.until('the failure', () => rig.state('spare') === 'failing');
    await rig.at(on.chain.mine({ count: 5 }).hash);
    await rig.at(on.chain.mine().hash);
    expect(rig.finalized?.number).toBe(13);
  });

  test('H12 F05 one provider cannot take back what is final; two can', async () => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on);
    on.chain.setFinalized(on.chain.head.hash);
    await rig.until('finality', () => rig.finalized?.number === 10);
    const branch = on.chain.fork(7);
    branch.mine({ count: 6 });
    on.provider('main').view.pin = branch;
    on.server.announce('main');
    await rig.until('the conflict', () => rig.state('main') === 'failing');
    expect(rig.watcher.report().providers[0]?.reason).toContain('is final, and no other provider does');
    await rig.at(on.chain.mine().hash);
    expect(rig.of('reverted')).toEqual([]);
    branch.adopt();
    await rig.at(branch.tip.hash);
    expect(rig.of('reverted')).toMatchObject([{ beyondFinality: true, ancestor: { number: 7 } }]);
    await rig.until('peace', () => rig.state('main') !== 'failing');
  });

  test('F12 tags under swapped ids make nothing final before its time', async () => {
    const on = await stage(['main'], { safeDepth: 2, finalizedDepth: 6 });
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on, { polling: true });
    await rig.until('finality', () => rig.finalized?.number === 4);
    const clear = on.provider('main').fault({ fault: { kind: 'batch_swapped' } });
    on.chain.mine({ count: 2 });
    await rig.until('finality', () => rig.finalized?.number === 6);
    clear();
  });

  test('F05 F17 two providers that each were alone in showing a broken finality are believed once both answer', async () => {
    const on = await stage(['main', 'spare'], { finalizedDepth: 3 });
    on.chain.mine({ count: 6 });
    const rig = await watchedAtHead(on, { polling: true });
    on.chain.mine({ count: 6 });
    await rig.until('finality', () => rig.finalized?.number === 9);
    const failing = { fault: { kind: 'http_status', status: 503 } } as const;
    const clear = on.provider('spare').fault(failing);
    await rig.until('spare fails', () => rig.state('spare') === 'failing');
    on.chain.reorg({ depth: 5, length: 6 });
    await rig.until('main contradicts', () => conflictsOf(rig) === 1);
    on.provider('main').fault({ ...failing, times: 200 });
    await rig.until('main fails', () => rig.state('main') === 'failing');
    clear();
    await rig.until('spare contradicts', () => conflictsOf(rig) === 2);
    on.provider('main').faults.clear();
    on.chain.mine();
    await rig.at(on.chain.head.hash);
    expect(rig.of('reverted')).toMatchObject([{ beyondFinality: true }]);
  });

  test('H12 a provider that comes back from its fork is believed again', async () => {
    const on = await stage(['main', 'spare']);
    on.chain.mine({ count: 10 });
    const rig = await watchedAtHead(on);
    on.chain.setFinalized(on.chain.head.hash);
    await rig.until('finality', () => rig.finalized?.number === 10);
    const branch = on.chain.fork(7);
    branch.mine({ count: 6 });
    on.provider('main').view.pin = branch;
    on.server.announce('main');
    await rig.until('the conflict', () => rig.state('main') === 'failing');
    on.provider('main').view.pin = null;
    await rig.at(on.chain.mine().hash);
    await rig.until('its return', () => rig.state('main') !== 'failing');
    expect(rig.of('reverted')).toEqual([]);
  });
});

describe('broadcasts', () => {
  const chainId = 1337;

  async function signed(accountIndex = 0, options: { nonce?: number } = {}) {
    const { raw, hash } = await new TransactionSender({ accountIndex, chainId }).eip1559(options);
    return { chain: 'eip155:1337', raw, hash };
  }

  async function outcomeOf(rig: WatchRig, submission: { chain: string; raw: string; hash: string }) {
    rig.watcher.submit(submission);
    await rig.until('an outcome', () => rig.factsOf('broadcast', submission.hash).length > 0);
    return rig.factsOf('broadcast', submission.hash)[0];
  }

  test('one acceptance is enough, and what is known counts as accepted', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    const submission = await signed();
    expect(await outcomeOf(rig, submission)).toMatchObject({
      outcome: 'accepted',
      providers: ['main'],
      failureClass: null,
    });
    expect(on.chain.pool.get(submission.hash)).not.toBeNull();
    rig.watcher.submit(submission);
    await rig.until('the second outcome', () => rig.factsOf('broadcast', submission.hash).length === 2);
    expect(rig.factsOf('broadcast', submission.hash)[1]).toMatchObject({ outcome: 'accepted' });
  });

  test('H81 F12 a send that failed and yet landed is found by its hash', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    on.provider('main').fault({ fault: { kind: 'drop' }, methods: ['eth_sendRawTransaction'], afterWork: true });
    expect(await outcomeOf(rig, await signed())).toMatchObject({ outcome: 'accepted', message: 'main shows it' });
  });

  test('H80 H84 a node that says an error and keeps it', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const fault = { kind: 'error', code: -32010, message: 'FeeTooLow, MaxFeePerGas too low' } as const;
    on.provider('main').fault({ fault, methods: ['eth_sendRawTransaction'], afterWork: true });
    expect(await outcomeOf(rig, await signed())).toMatchObject({ outcome: 'accepted' });
  });

  test('H82 nonce too low about the very transaction that was mined is a success', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const submission = await signed();
    await outcomeOf(rig, submission);
    await rig.at(on.chain.mine().hash);
    rig.watcher.submit(submission);
    await rig.until('the second outcome', () => rig.factsOf('broadcast', submission.hash).length === 2);
    expect(rig.factsOf('broadcast', submission.hash)[1]?.outcome).toBe('accepted');
  });

  test('H82 nonce too low about a rival is a rejection by everybody', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on, { speed: 5 });
    await outcomeOf(rig, await signed());
    await rig.at(on.chain.mine().hash);
    const rival = await new TransactionSender({ accountIndex: 0, chainId }).eip1559({ value: 77n, nonce: 0 });
    const fact = await outcomeOf(rig, { chain: 'eip155:1337', raw: rival.raw, hash: rival.hash });
    expect(fact).toMatchObject({ outcome: 'rejected', failureClass: 'nonce_used', providers: ['main', 'spare'] });
  });

  test('a provider that fails keeps a rejection of the other from being the verdict', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on, { speed: 5 });
    const methods = ['eth_sendRawTransaction'];
    on.provider('main').fault({ fault: { kind: 'error', code: -32000, message: 'transaction underpriced' }, methods });
    on.provider('spare').fault({ fault: { kind: 'http_status', status: 503 }, methods });
    expect(await outcomeOf(rig, await signed())).toMatchObject({ outcome: 'unclear', failureClass: null });
  });

  test('a full pool is no verdict', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const fault = { kind: 'error', code: -32000, message: 'txpool is full' } as const;
    on.provider('main').fault({ fault, methods: ['eth_sendRawTransaction'] });
    expect(await outcomeOf(rig, await signed())).toMatchObject({ outcome: 'unclear', message: 'txpool is full' });
  });
});

describe('lookups', () => {
  test('H50 F19 a pool sighting, from whoever shows it', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    const { hash } = on.chain.submit({ from: sender });
    on.provider('main').view.hide(hash);
    rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash });
    await rig.until('the sighting', () => rig.factsOf('sighting', hash).length > 0);
    expect(rig.factsOf('sighting', hash)).toMatchObject([
      { provider: 'spare', block: null, details: { from: sender, nonce: 0 } },
    ]);
    expect(rig.factsOf('absent')).toEqual([]);
  });

  test('absent names those who said null, not those who failed (1g)', async () => {
    const on = await stage(['main', 'spare']);
    const rig = await watchedAtHead(on);
    const hash = `0x${'ab'.repeat(32)}`;
    const fault = { kind: 'error', code: -32000, message: 'transaction indexing is in progress' } as const;
    on.provider('spare').fault({ fault, methods: ['eth_getTransactionByHash'] });
    rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash });
    await rig.until('the answer', () => rig.factsOf('absent', hash).length > 0);
    expect(rig.factsOf('absent', hash)[0]?.providers).toEqual(['main']);
  });

  test('H31 nothing is told while nobody answers', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    const hash = `0x${'ab'.repeat(32)}`;
    const fault = { kind: 'error', code: -32000, message: 'transaction indexing is in progress' } as const;
    on.provider('main').fault({ fault, methods: ['eth_getTransactionByHash'], times: 2 });
    rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash });
    await rig.until('the answer', () => rig.factsOf('absent', hash).length > 0);
    expect(on.provider('main').count('eth_getTransactionByHash')).toBe(3);
  });

  test('in the window: where it stands, settled once final', async () => {
    const on = await stage(['main'], { finalizedDepth: 3 });
    on.chain.mine({ count: 5 });
    const rig = await watchedAtHead(on);
    const block = on.chain.mine({ transactions: [{ from: sender }] });
    const hash = block.receipts[0]?.transaction.hash as string;
    await rig.at(block.hash);
    rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash });
    await rig.until('the sighting', () => rig.factsOf('sighting', hash).length === 1);
    expect(rig.factsOf('sighting', hash)[0]?.block).toMatchObject({ hash: block.hash, index: 0, settled: false });
    on.chain.mine({ count: 4 });
    await rig.until('finality', () => (rig.finalized?.number ?? 0) >= block.number);
    rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash });
    await rig.until('the second sighting', () => rig.factsOf('sighting', hash).length === 2);
    expect(rig.factsOf('sighting', hash)[1]?.block).toMatchObject({ settled: true, timestampMs: block.timestampMs });
  });

  test('below the window: checked against the block of that number', async () => {
    const on = await stage(['main'], { finalizedDepth: 3 });
    const block = on.chain.mine({ transactions: [{ from: sender }, { from: sender }] });
    on.chain.mine({ count: 200 });
    const rig = await watchedAtHead(on);
    await rig.until('finality', () => rig.finalized !== null);
    const hashes = block.receipts.map((receipt) => receipt.transaction.hash);
    for (const hash of hashes) rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash });
    await rig.until('both', () => rig.factsOf('sighting').length === 2);
    for (const [index, hash] of hashes.entries()) {
      expect(rig.factsOf('sighting', hash)[0]?.block).toEqual({
        number: block.number,
        hash: block.hash,
        index,
        timestampMs: block.timestampMs,
        settled: true,
      });
    }
  });

  test('many hashes go in batches, to each provider once', async () => {
    const on = await stage(['main']);
    const rig = await watchedAtHead(on);
    for (let count = 0; count < 150; count += 1) {
      rig.watcher.probe({ kind: 'lookup', chain: 'eip155:1337', hash: `0x${count.toString(16).padStart(64, '0')}` });
    }
    await rig.until('all', () => rig.factsOf('absent').length === 150);
    expect(on.provider('main').count('eth_getTransactionByHash')).toBe(150);
  });
});

describe('receipts', () => {
  async function mined(names: readonly string[], count: number) {
    const on = await stage(names);
    const rig = await watchedAtHead(on);
    const block = on.chain.mine({ transactions: Array.from({ length: count }, () => ({ from: sender })) });
    await rig.at(block.hash);
    const hashes = block.receipts.map((receipt) => receipt.transaction.hash);
    const ask = (): void => {
      for (const [index, hash] of hashes.entries()) {
        rig.watcher.probe({
          kind: 'receipt',
          chain: 'eip155:1337',
          hash,
          blockHash: block.hash,
          blockNumber: block.number,
          index,
        });
      }
    };
    return { on, rig, block, hashes, ask };
  }

  test('several of one block come by one question', async () => {
    const { on, rig, block, ask } = await mined(['main'], 3);
    ask();
    await rig.until('all', () => rig.factsOf('receipt').length === 3);
    expect(rig.factsOf('receipt').every((fact) => fact.blockHash === block.hash && fact.execution === 'success')).toBe(
      true,
    );
    expect(on.provider('main').count('eth_getBlockReceipts')).toBe(1);
    expect(on.provider('main').count('eth_getTransactionReceipt')).toBe(0);
  });

  test.each([
    ['H09 H34 an empty answer', { kind: 'empty_receipts' }],
    ['H34 a short answer', { kind: 'short_receipts' }],
    ['an unknown method', { kind: 'error', code: -32601, message: 'the method eth_getBlockReceipts does not exist' }],
  ] as const)('%s falls back to single receipts', async (_name, fault) => {
    const { on, rig, ask } = await mined(['main'], 3);
    on.provider('main').fault({ fault, methods: ['eth_getBlockReceipts'] });
    ask();
    await rig.until('all', () => rig.factsOf('receipt').length === 3);
    expect(on.provider('main').count('eth_getTransactionReceipt')).toBe(3);
  });

  test.each([
    ['H36 answers in another order', { kind: 'batch_reversed' }],
    ['F12 answers given twice', { kind: 'batch_repeated' }],
    ['H36 an answer left out', { kind: 'batch_incomplete' }],
    ['batches refused as a whole', { kind: 'batch_refused' }],
    ['F12 answers under swapped ids', { kind: 'batch_swapped' }],
  ] as const)('%s: every receipt comes, each its own', async (_name, fault) => {
    const { on, rig, hashes, ask } = await mined(['main', 'spare'], 3);
    on.provider('main').fault({ fault: { kind: 'null_result' }, methods: ['eth_getBlockReceipts'] });
    on.provider('main').fault({ fault, methods: ['eth_getTransactionReceipt'] });
    ask();
    await rig.until('all', () => rig.factsOf('receipt').length === 3);
    expect(
      rig
        .factsOf('receipt')
        .map((fact) => fact.hash)
        .toSorted(),
    ).toEqual(hashes.toSorted());
  });

  test('H30 F08 a receipt that is not there yet is asked for again, elsewhere too', async () => {
    const { on, rig, ask } = await mined(['main', 'spare'], 1);
    on.provider('main').fault({ fault: { kind: 'null_result' } });
    on.provider('spare').fault({ fault: { kind: 'null_result' }, times: 1 });
    ask();
    await rig.until('it', () => rig.factsOf('receipt').length === 1);
    expect(rig.factsOf('receipt')[0]?.provider).toBe('spare');
  });

  test('F04 a receipt that is asked for while its block is being written, in the place of another, is fetched', async () => {
    const { on, rig } = await mined(['main'], 1);
    const write = rig.chain.bind(rig);
    rig.chain = async (records) => {
      await write(records);
      for (const record of records) {
        if (record.kind !== 'applied') continue;
        const { number, hash: blockHash, transactions } = record.block;
        for (const { hash, index } of transactions) {
          rig.watcher.probe({ kind: 'receipt', chain: 'eip155:1337', hash, blockHash, blockNumber: number, index });
        }
      }
    };
    on.chain.reorg({ depth: 1, length: 1 });
    await rig.until('its receipt', () => rig.factsOf('receipt').some((fact) => fact.blockHash === on.chain.head.hash));
  });

  test('H32 F09 a receipt of a block that left the chain is not taken; nothing more is asked for it', async () => {
    const { on, rig, block, ask } = await mined(['main'], 2);
    on.provider('main').fault({ fault: { kind: 'null_result' } });
    ask();
    await rig.until('a question', () => on.provider('main').count('eth_getTransactionReceipt') > 0);
    on.chain.reorg({ depth: 1, length: 1 });
    await rig.at(on.chain.head.hash);
    on.provider('main').faults.clear();
    on.provider('main').fault({ fault: { kind: 'orphaned_receipts' } });
    const next = on.chain.head;
    const hash = next.receipts[0]?.transaction.hash as string;
    rig.watcher.probe({
      kind: 'receipt',
      chain: 'eip155:1337',
      hash,
      blockHash: next.hash,
      blockNumber: next.number,
      index: 0,
    });
    const asked = on.provider('main').count('eth_getTransactionReceipt');
    await rig.until('more questions', () => on.provider('main').count('eth_getTransactionReceipt') >= asked + 2);
    expect(rig.factsOf('receipt')).toEqual([]);
    on.provider('main').faults.clear();
    await rig.until('the true one', () => rig.factsOf('receipt').length > 0);
    expect(rig.factsOf('receipt').every((fact) => fact.blockHash === next.hash && fact.blockHash !== block.hash)).toBe(
      true,
    );
  });
});

function conflictsOf(rig: WatchRig): number {
  return rig.logged.filter(({ message }) => message === 'a provider contradicts what is kept').length;
}
