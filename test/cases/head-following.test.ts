import { expect, test } from 'vitest';
import type { CaseRigOptions } from '../harness/case-rig.ts';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();
const ladder = ['pending', 'included', 'confirmation 3', 'confirmed'];

test('H01 F15: every head announced twice, by two providers: each fact once', async () => {
  const rig = await start({
    providers: ['main', 'spare'],
    before: ({ provider }) => {
      for (const name of ['main', 'spare']) provider(name).fault({ fault: { kind: 'repeated_heads' } });
    },
  });
  await rig.mine(1);
  const payment = await rig.pending();
  await rig.mine(5);
  await rig.saw('confirmed');
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H02: the socket skips heads: the blocks between are found by their numbers', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  const clear = rig.provider().fault({ fault: { kind: 'skipped_heads' } });
  const block = rig.chain.mine();
  rig.chain.mine({ count: 4 });
  clear();
  rig.chain.mine();
  await rig.followed();
  const { data } = await rig.saw('included');
  expect(data.transaction.blockHash).toBe(block.hash);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H03: only the target of a change of many blocks is announced', async () => {
  const rig = await start();
  await rig.mine(3);
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  const announced = rig.chain.head.number;
  const fork = rig.chain.fork(3);
  fork.mine();
  const block = fork.mine({ transactions: [payment] });
  for (let count = 0; count < 6; count += 1) fork.mine();
  fork.adopt();
  const { data } = await rig.saw('included', 2);
  expect(data.transaction.blockHash).toBe(block.hash);
  expect(rig.chain.head.number).toBeGreaterThan(announced + 1);
  await rig.saw('confirmed');
});

test('H04: announced heads go back in height, with a hole, on a reorg', async () => {
  const rig = await start();
  await rig.mine(3);
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  const fork = rig.chain.fork(3);
  fork.mine();
  fork.adopt();
  const clear = rig.provider().fault({ fault: { kind: 'skipped_heads' } });
  const block = rig.chain.mine({ transactions: [payment] });
  clear();
  rig.chain.mine();
  await rig.followed();
  const { data } = await rig.saw('included', 2);
  expect(data.transaction.blockHash).toBe(block.hash);
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'reorged', 'included']);
});

test('H05: the hash of an announced head is not that of the block: the block itself counts', async () => {
  const rig = await start({
    before: ({ provider }) =>
      provider('main').fault({
        methods: ['newHeads'],
        fault: { kind: 'altered', alter: (head) => ({ ...(head as object), hash: `0x${'5'.repeat(64)}` }) },
      }),
  });
  await rig.mine(1);
  const payment = await rig.pending();
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
  await rig.providerIs('main', 'leading');
});

test('H07 F01 F02: the head of one provider goes back, stays behind and jumps: lag, and no reorg', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(8);
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  rig.provider('main').view.lag = 4;
  rig.server.announce('main');
  await rig.providerIs('main', 'leading');
  rig.provider('main').view.lag = 6;
  rig.chain.mine({ count: 3 });
  await rig.providerIs('main', 'lagging');
  await rig.followed();
  await rig.saw('confirmed');
  rig.provider('main').view.lag = 0;
  rig.server.announce('main');
  await rig.providerIs('main', 'standby');
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H08: one address, several nodes: a block that is announced and not shown yet is asked for again', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  const blocks = ['eth_getBlockByHash', 'eth_getBlockByNumber'];
  rig.provider().fault({ fault: { kind: 'null_result' }, methods: blocks, times: 2, when: ([id]) => id !== 'latest' });
  rig.provider().fault({
    fault: { kind: 'error', code: -32000, message: 'header not found' },
    methods: blocks,
    times: 2,
    when: ([id]) => !String(id).match(/latest|safe|finalized/),
  });
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H08: one address, several nodes: its latest block goes forth and back', async () => {
  const rig = await start();
  await rig.mine(4);
  const payment = await rig.pending();
  const { view } = rig.provider();
  for (const lag of [1, 0, 2, 0, 1, 3, 0]) {
    rig.chain.mine();
    view.lag = lag;
    rig.server.announce('main');
  }
  await rig.followed();
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H09: a node that is behind has no receipts for the block and says so with an empty list', async () => {
  const rig = await start();
  await rig.mine(1);
  const from = rig.spec().from;
  const one = await rig.pending({ from });
  const two = await rig.pending({ from });
  rig.provider().fault({ fault: { kind: 'empty_receipts' } });
  await rig.mine(1);
  for (const { hash } of [one, two]) {
    expect((await rig.outcomeOf(hash)).execution).toBe('success');
  }
});

test('H10: a block shown without its transactions is not believed, and another provider asked', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(1);
  const payment = await rig.pending();
  rig.provider('main').fault({ fault: { kind: 'empty_block' } });
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H11: a head that nobody can have reached yet is not followed, and nothing is called late for it', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(2);
  const phantom = (head: unknown): unknown => ({ ...(head as object), number: '0xf4240', hash: `0x${'9'.repeat(64)}` });
  rig.provider('spare').fault({ methods: ['newHeads'], fault: { kind: 'altered', alter: phantom } });
  rig.provider('spare').fault({
    methods: ['eth_getBlockByNumber'],
    when: ([id]) => id === 'latest',
    fault: { kind: 'altered', alter: phantom },
  });
  rig.chain.mine();
  await rig.providerIs('spare', 'failing', /block 1000000 as its head/);
  const payment = await rig.pending();
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
  expect(rig.events.map(({ data }) => data.late)).not.toContain(true);
  expect(await rig.chainView()).toMatchObject({ lag: 0 });
  rig.provider('spare').faults.clear();
  rig.chain.mine();
  await rig.providerIs('spare', 'standby');
});

test('H11: the primary itself shows such a head: the other leads', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(2);
  const phantom = (head: unknown): unknown => ({ ...(head as object), number: '0xf4240', hash: `0x${'9'.repeat(64)}` });
  rig.provider('main').fault({ methods: ['newHeads'], fault: { kind: 'altered', alter: phantom } });
  rig.provider('main').fault({
    methods: ['eth_getBlockByNumber'],
    when: ([id]) => id === 'latest',
    fault: { kind: 'altered', alter: phantom },
  });
  const payment = await rig.pending();
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
  expect(rig.events.map(({ data }) => data.late)).not.toContain(true);
  await rig.providerIs('main', 'failing', /1000000 as its head/);
  await rig.providerIs('spare', 'leading');
});

test('H14: the leader is restarted and syncs from far behind: another leads, and nothing is taken back', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  rig.chain.mine({ count: 20 });
  await rig.followed();
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  rig.provider('main').view.lag = 18;
  rig.server.announce('main');
  await rig.providerIs('main', 'lagging');
  await rig.mine(3);
  await rig.saw('confirmed');
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(ladder);
  await rig.providerIs('spare', 'leading');
});

test('H15 F21: the chain stands still: what is pending stays pending, and goes on with the chain', async () => {
  const rig = await start({ providers: ['main', 'spare'], config: { pollIntervalMs: 50, blockTimeMs: 20 }, speed: 20 });
  await rig.mine(1);
  const payment = await rig.pending();
  // Polls go on at leisure while the socket is silent: six of them are minutes of the tracker's time.
  await rig.asked('eth_getBlockByNumber', 24);
  expect(rig.saidOf(payment)).toEqual(['pending']);
  expect(await rig.of(payment.hash)).toMatchObject({ status: 'pending', isTerminal: false });
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H16: blocks go on and finality stands still: confirmed and not finalized, until the tag moves', async () => {
  const rig = await start();
  await rig.mine(1);
  rig.finalize();
  const payment = await rig.pending();
  await rig.mine(80);
  await rig.asked('eth_getBlockByNumber', 8);
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(ladder);
  expect(await rig.of(payment.hash)).toMatchObject({ status: 'confirmed', finality: 'none', isTerminal: false });
  rig.finalize();
  await rig.saw('finalized', 1, payment.hash);
});

test('H17: the finalized tag goes back, or names a block that is not ours: neither is taken', async () => {
  const rig = await start();
  await rig.mine(1);
  const first = await rig.pending();
  await rig.mine(5);
  rig.finalize();
  await rig.saw('finalized', 1, first.hash);
  const finalized = rig.chain.head;
  rig.finalize(rig.chain.genesis.hash);
  const second = await rig.pending();
  await rig.mine(6);
  const lie = rig.provider().fault({
    methods: ['eth_getBlockByNumber'],
    when: ([id]) => id === 'finalized',
    fault: {
      kind: 'altered',
      alter: () => ({
        number: '0xb',
        hash: `0x${'f'.repeat(64)}`,
        parentHash: `0x${'e'.repeat(64)}`,
        timestamp: '0x1',
      }),
    },
  });
  await rig.asked('eth_getBlockByNumber', 6);
  await rig.marker();
  expect(rig.saidOf(second)).toEqual(ladder);
  expect((await rig.of(first.hash)).status).toBe('finalized');
  expect(await rig.chainView()).toMatchObject({ finality: { finalized: { hash: finalized.hash } } });
  lie();
  rig.finalize();
  await rig.saw('finalized', 1, second.hash);
});

/** A chain whose nodes know no tags; 50 questions for them, two at a time, are enough to see that. */
const tagless: CaseRigOptions = {
  config: { blockTimeMs: 50, pollIntervalMs: 50 },
  speed: 2,
  chain: { finalizedDepth: 1 },
  before: ({ provider }) => {
    for (const tag of ['safe', 'finalized'] as const) provider('main').fault({ fault: { kind: 'missing_tag', tag } });
  },
};

test('H19: no tags at all: finality is counted by depth after a while, and not before', async () => {
  const rig = await start(tagless);
  await rig.mine(1);
  const payment = await rig.pending();
  rig.chain.mine({ count: 62 });
  await rig.followed();
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
  await rig.asked('eth_getBlockByNumber', 50);
  await rig.mine(4);
  const { data } = await rig.saw('finalized');
  expect(data.confirmations).toBeGreaterThan(64);
});

test('H19: where finality is counted by depth for want of tags, the API says so', async () => {
  const rig = await start(tagless);
  await rig.mine(1);
  expect(await rig.chainView()).toMatchObject({ finality: { source: 'tag' } });
  await rig.asked('eth_getBlockByNumber', 50);
  await expect.poll(() => rig.chainView()).toMatchObject({ finality: { source: 'depth' } });
});

test('H20 F14: the socket stays open and says nothing: polling finds the blocks, and it is made anew', async () => {
  const rig = await start({ speed: 20 });
  await rig.mine(1);
  const payment = await rig.pending();
  const clear = rig.provider().fault({ fault: { kind: 'deaf' } });
  const subscriptions = rig.provider().count('eth_subscribe');
  await rig.mine(1);
  await rig.saw('included');
  clear();
  await rig.asked('eth_subscribe', Math.max(0, subscriptions + 1 - rig.provider().count('eth_subscribe')));
  await rig.mine(4);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F15: the socket is cut again and again, and heads are lost in between', async () => {
  const rig = await start({ speed: 20 });
  await rig.mine(1);
  const payment = await rig.pending();
  for (const manner of ['cut', 'close', 'cut'] as const) {
    rig.server.dropSockets('main', manner);
    await rig.mine(2);
  }
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F15: heads come out of order', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  const clear = rig.provider().fault({ fault: { kind: 'unordered_heads' } });
  for (let block = 0; block < 6; block += 1) rig.chain.mine();
  clear();
  rig.chain.mine();
  await rig.followed();
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H22: many more head events than blocks: each block is told once, by number', async () => {
  const rig = await start({ before: ({ provider }) => provider('main').fault({ fault: { kind: 'repeated_heads' } }) });
  await rig.mine(1);
  const payment = await rig.pending();
  for (let round = 0; round < 30; round += 1) {
    // One height, three heads in a row: only the last stays.
    rig.chain.mine();
    rig.chain.reorg({ depth: 1, length: 1 });
    rig.chain.reorg({ depth: 1, length: 1 });
  }
  await rig.followed();
  await rig.saw('confirmed');
  const said = rig.saidOf(payment).filter((each) => each !== 'reorged');
  expect(said.at(-1)).toBe('confirmed');
  expect(said.filter((each) => each === 'confirmed')).toHaveLength(1);
});

test('H23 F21: blocks without transactions count as any other', async () => {
  const rig = await start({ config: { confirmations: 4, thresholds: [2, 3] } });
  await rig.mine(3);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.mine(3, { transactions: [] });
  const { data } = await rig.saw('confirmed');
  expect(data.transaction.blockNumber).toBe(rig.chain.head.number - 3);
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 2', 'confirmation 3', 'confirmed']);
});

test('H24 F21: blocks of one timestamp, and of a clock hours ahead: counted all the same', async () => {
  const aheadMs = Date.UTC(2040, 0, 1);
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  for (let block = 0; block < 5; block += 1) await rig.mine(1, { timestampMs: aheadMs });
  const { data } = await rig.saw('confirmed');
  expect(data.transaction.blockTimestamp).toBe('2040-01-01T00:00:00.000Z');
  expect(Date.parse(data.transaction.includedAt ?? '')).toBeLessThan(aheadMs);
  expect(rig.saidOf(payment)).toEqual(ladder);
});
