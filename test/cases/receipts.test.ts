import { expect, test } from 'vitest';
import type { Fault } from '../../src/scripted-chain/fault.ts';
import type { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedTransaction } from '../../src/scripted-chain/scripted-transaction.ts';
import type { CaseRig } from '../harness/case-rig.ts';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();

/** A chain that was there long before us: its first block holds a payment, so does its final one. */
function longFinal({ chain }: { readonly chain: ScriptedChain }): void {
  chain.mine({ transactions: [{ from: `0x${'a'.repeat(40)}` }], count: 20 });
  chain.mine({ transactions: [{ from: `0x${'b'.repeat(40)}` }] });
  chain.setFinalized(chain.head.hash);
}

function transactionOf(rig: CaseRig, number: number): ScriptedTransaction {
  const [receipt] = rig.chain.blocks.at(number, rig.chain.head)?.receipts ?? [];
  if (receipt === undefined) throw new Error(`block ${number} holds nothing`);
  return receipt.transaction;
}

const ladder = ['pending', 'included', 'confirmation 3', 'confirmed'];
const receipts = ['eth_getTransactionReceipt', 'eth_getBlockReceipts'];

test('H30 F08: the block lists it and no receipt comes: included without outcome, never pending; nothing is confirmed before', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  const clear = rig.provider().fault({ fault: { kind: 'null_result' } });
  await rig.mine(7);
  const { data } = await rig.saw('included');
  expect(data.transaction).toMatchObject({ status: 'included', execution: null, gasUsed: null });
  await rig.saw('confirmation');
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3']);
  clear();
  const executed = await rig.saw('executed');
  expect(executed.data.transaction).toMatchObject({ execution: 'success', gasUsed: '21000' });
  await rig.saw('confirmed');
  expect(rig.told).toEqual(['pending', 'included', 'confirmation 3', 'executed', 'confirmed']);
});

test('H31: lookups and receipts fail while the node builds its index: unknown, and told when it is through', async () => {
  const rig = await start();
  await rig.mine(1);
  const indexing: Fault = { kind: 'error', code: -32_000, message: 'transaction indexing is in progress' };
  const clear = rig.provider().fault({ fault: indexing, methods: [...receipts, 'eth_getTransactionByHash'] });
  const payment = rig.pay();
  const { id } = await rig.track({ hash: payment.hash });
  await rig.asked('eth_getTransactionByHash', 2);
  expect(await rig.transaction(id)).toMatchObject({ status: 'unknown', isTerminal: false });
  await rig.mine(1);
  const { data } = await rig.saw('included');
  expect(data.transaction.execution).toBe(null);
  clear();
  await rig.saw('executed');
  await rig.mine(4);
  await rig.saw('confirmed');
  expect(rig.said).not.toContain('failed');
});

test('H32 F09: the receipt of the block that lost is not taken for that of the block that won', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  expect((await rig.outcomeOf(payment.hash)).execution).toBe('success');
  const clear = rig.provider().fault({ fault: { kind: 'orphaned_receipts' } });
  rig.chain.reorg({ depth: 1, length: 1, fates: { [payment.hash]: { kind: 'same', outcome: 'reverted' } } });
  await rig.saw('reorged');
  await rig.asked('eth_getTransactionReceipt', 3);
  clear();
  await rig.saw('included', 2);
  await rig.outcomeOf(payment.hash);
  expect(await rig.of(payment.hash)).toMatchObject({ execution: 'reverted', blockHash: rig.chain.head.hash });
  const inNewBlock = rig.events.filter(({ data }) => data.transaction.blockHash === rig.chain.head.hash);
  expect(inNewBlock.map(({ data }) => data.transaction.execution)).not.toContain('success');
});

test('H33: a receipt without a block, as of a pending transaction, includes nothing', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  const pendingReceipt = (receipt: unknown): unknown =>
    receipt === null ? null : { ...(receipt as object), blockHash: null, blockNumber: null };
  const clear = rig.provider().fault({
    methods: ['eth_getTransactionReceipt'],
    fault: { kind: 'altered', alter: pendingReceipt },
  });
  const early = (): unknown => ({ transactionHash: payment.hash, status: '0x1', blockHash: null, blockNumber: null });
  rig.provider().fault({ methods: ['eth_getTransactionReceipt'], fault: { kind: 'altered', alter: early }, times: 1 });
  await rig.mine(1, { transactions: [] });
  await rig.marker();
  const said = rig.saidOf(payment);
  expect(said[0]).toBe('pending');
  clear();
  await rig.saw('included', 1, payment.hash);
  await rig.mine(4);
  await rig.saw('confirmed', 1, payment.hash);
  expect((await rig.of(payment.hash)).execution).toBe('success');
});

test.each([
  ['empty', { kind: 'empty_receipts' }],
  ['short', { kind: 'short_receipts' }],
  ['of another block', { kind: 'orphaned_receipts' }],
  ['each in the place of another', { kind: 'altered', alter: (all) => (Array.isArray(all) ? all.toReversed() : all) }],
  ['refused', { kind: 'error', code: -32_601, message: 'the method eth_getBlockReceipts does not exist' }],
] as const satisfies readonly (readonly [string, Fault])[])(
  'H34: the receipts of a block come %s: single ones are asked for',
  async (_how, fault) => {
    const rig = await start();
    await rig.mine(1);
    rig.provider().fault({ fault, methods: ['eth_getBlockReceipts'] });
    const one = await rig.pending();
    const two = await rig.pending({ reverts: true });
    await rig.mine(1);
    await rig.saw('included', 1, one.hash);
    await rig.saw('included', 1, two.hash);
    rig.chain.reorg({ depth: 1, length: 1 });
    await rig.saw('reorged', 1, two.hash);
    await rig.saw('included', 2, two.hash);
    await rig.mine(4);
    await rig.saw('confirmed', 1, one.hash);
    await rig.saw('confirmed', 1, two.hash);
    expect((await rig.of(one.hash)).execution).toBe('success');
    expect((await rig.of(two.hash)).execution).toBe('reverted');
  },
);

test("H35: a system transaction of the chain's own type stands first, and receipts of unlisted ones follow", async () => {
  const rig = await start();
  await rig.mine(1);
  const one = await rig.pending();
  const two = await rig.pending();
  const system = rig.chain.prepare(rig.spec());
  const marked = (block: unknown): unknown => {
    const fields = block as { readonly transactions?: readonly object[] } | null;
    const [first, ...rest] = fields?.transactions ?? [];
    if (first === undefined || !('hash' in first) || first.hash !== system.hash) return block;
    const { v, r, s, ...bare } = first as Record<string, unknown>;
    return { ...fields, transactions: [{ ...bare, type: '0x6a' }, ...rest] };
  };
  const unlisted = (all: unknown): unknown =>
    Array.isArray(all) && all.length > 0 ? [...all, { ...all[0], transactionHash: `0x${'0'.repeat(64)}` }] : all;
  rig.provider().fault({
    methods: ['eth_getBlockByHash', 'eth_getBlockByNumber'],
    fault: { kind: 'altered', alter: marked },
  });
  rig.provider().fault({ methods: ['eth_getBlockReceipts'], fault: { kind: 'altered', alter: unlisted } });
  await rig.mine(1, { transactions: [system, one, two] });
  expect(await rig.outcomeOf(one.hash)).toMatchObject({ execution: 'success', transactionIndex: 1 });
  expect(await rig.outcomeOf(two.hash)).toMatchObject({ execution: 'success', transactionIndex: 2 });
});

test.each([
  ['in another order', { kind: 'batch_reversed' }],
  ['without the last', { kind: 'batch_incomplete' }],
  ['not at all', { kind: 'batch_refused' }],
  ['under the ids of each other', { kind: 'batch_swapped' }],
] as const)('H36 F12: the answers of a batch come %s', async (_how, fault) => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(1);
  rig.provider('main').fault({ fault: { kind: 'null_result' }, methods: ['eth_getBlockReceipts'] });
  rig.provider('main').fault({ fault, methods: ['eth_getTransactionReceipt', 'eth_getTransactionByHash'] });
  const payments = [await rig.pending(), await rig.pending({ reverts: true }), await rig.pending()];
  await rig.mine(1);
  for (const { hash, reverts } of payments) {
    expect((await rig.outcomeOf(hash)).execution).toBe(reverts ? 'reverted' : 'success');
  }
});

test('H36: one of a batch is null: that one alone is asked for again', async () => {
  const rig = await start();
  await rig.mine(1);
  rig.provider().fault({ fault: { kind: 'null_result' }, methods: ['eth_getBlockReceipts'] });
  const [one, two] = [await rig.pending(), await rig.pending()];
  rig.provider().fault({
    fault: { kind: 'null_result' },
    methods: ['eth_getTransactionReceipt'],
    when: ([hash]) => hash === two.hash,
    times: 2,
  });
  await rig.mine(1);
  await rig.saw('included', 1, one.hash);
  expect((await rig.outcomeOf(two.hash)).execution).toBe('success');
});

test('H37: the node has pruned it: no evidence of anything; one that kept it tells the story, late', async () => {
  const rig = await start({ providers: ['main', 'spare'], before: longFinal });
  const payment = transactionOf(rig, 1);
  await rig.followed();
  const pruned: Fault = { kind: 'error', code: 4444, message: 'pruned history unavailable' };
  rig.provider('main').fault({ fault: pruned, methods: [...receipts, 'eth_getTransactionByHash'] });
  const clear = rig.provider('spare').fault({ fault: pruned, methods: ['eth_getTransactionByHash'] });
  const asked = rig.asked('eth_getTransactionByHash', 1, 'spare');
  await rig.track({ hash: payment.hash });
  await asked;
  expect((await rig.of(payment.hash)).status).toBe('unknown');
  clear();
  await rig.mine(2);
  await rig.saw('finalized', 1, payment.hash);
  expect(rig.saidOf(payment)).toEqual(['included', 'confirmation 3', 'confirmed', 'finalized']);
  expect(rig.events.every(({ data }) => data.late)).toBe(true);
});

test('H38: logs that are marked as removed decide nothing', async () => {
  const rig = await start();
  await rig.mine(1);
  const removed = (receipt: unknown): unknown =>
    receipt === null ? null : { ...(receipt as object), logs: [{ removed: true, logIndex: '0x0' }] };
  rig.provider().fault({ methods: ['eth_getTransactionReceipt'], fault: { kind: 'altered', alter: removed } });
  const payment = await rig.pending();
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
  expect(rig.provider().count('eth_getLogs')).toBe(0);
});

test('H39: the old receipt is shown on and heads go on: nothing is counted for a block that left the chain', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  rig.provider().fault({ fault: { kind: 'orphaned_receipts' } });
  rig.chain.reorg({ depth: 2, length: 3, fates: { [payment.hash]: { kind: 'gone' } } });
  await rig.saw('reorged');
  await rig.mine(6);
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'reorged']);
  expect(await rig.of(payment.hash)).toMatchObject({ confirmations: 0, blockHash: null, status: 'pending' });
});

test('H40: the inclusion block is the first confirmation', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  for (const count of [1, 2, 3, 4]) {
    expect(await rig.of(payment.hash)).toMatchObject({ status: 'included', confirmations: count });
    await rig.mine(1);
  }
  const { data } = await rig.saw('confirmed');
  expect(data).toMatchObject({ confirmations: 5, transaction: { blockNumber: rig.chain.head.number - 4 } });
});

test.each([
  ['long before we first saw the chain', 1, ['confirmation 3']],
  // The head itself: finality comes before any count.
  ['in the very block that we begin with', 21, []],
])('mined and final %s: the whole story, late', async (_when, number, thresholds) => {
  const rig = await start({ before: longFinal });
  await rig.followed();
  const { hash } = transactionOf(rig, number);
  await rig.track({ hash });
  await rig.saw('finalized', 1, hash);
  expect(rig.said).toEqual(['included', ...thresholds, 'confirmed', 'finalized']);
  expect(rig.events.every(({ data }) => data.late)).toBe(true);
});
