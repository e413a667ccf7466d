import { expect, test } from 'vitest';
import type { TransactionSpec } from '../../src/scripted-chain/scripted-transaction.ts';
import type { CaseRig } from '../harness/case-rig.ts';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();
const from = `0x${'c3'.repeat(20)}`;
const original: TransactionSpec = { from, nonce: 0, to: `0x${'d4'.repeat(20)}`, value: 5n };

/** A rival of the original takes its place in the pool and is mined. */
async function outbid(rig: CaseRig, rival: Partial<TransactionSpec>) {
  const made = rig.chain.submit({ ...original, maxFeePerGas: 200n * 10n ** 9n, ...rival });
  await rig.mine(1);
  return made;
}

test('H50: nobody shows it at first: unknown, not gone; pending once a provider does', async () => {
  const rig = await start();
  await rig.mine(1);
  const { view } = rig.provider();
  view.hidesPool = true;
  const payment = rig.pay();
  const { id } = await rig.track({ hash: payment.hash });
  await rig.asked('eth_getTransactionByHash', 1);
  await rig.mine(2, { transactions: [] });
  expect(await rig.transaction(id)).toMatchObject({ status: 'unknown', isTerminal: false });
  view.hidesPool = false;
  rig.chain.mine({ transactions: [] });
  rig.chain.mine({ transactions: [] });
  await rig.saw('pending', 1, payment.hash);
  await rig.mine(1);
  await rig.saw('included');
  expect(rig.said).toEqual(['pending', 'included']);
});

test('H50 F19: one provider hides it, the other shows it: pending, with the name of who said so', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(1);
  rig.provider('main').view.hidesPool = true;
  const payment = await rig.pending();
  const { id } = await rig.of(payment.hash);
  const history = await rig.http.request<{ data: readonly { evidence: unknown }[] }>(
    'GET',
    `/v1/transactions/${id}/history`,
  );
  expect(history.text).toContain('"providers":["spare"]');
  await rig.mine(1);
  await rig.saw('included');
});

test.each([
  ['repriced', {}],
  ['cancelled', { to: from, value: 0n }],
  ['replaced', { value: 6n }],
] as const)('H53: outbid in the pool: %s, and final with the block of the rival', async (reason, rival) => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending(original);
  const winner = await outbid(rig, rival);
  const { data } = await rig.saw('replaced');
  const { hash: blockHash, number: blockNumber } = rig.chain.head;
  expect(data.replacement).toEqual({ hash: winner.hash, reason, blockNumber, blockHash, final: false });
  expect(data.transaction).toMatchObject({ status: 'replaced', reason, replacedBy: winner.hash, isTerminal: false });
  await rig.mine(3);
  rig.finalize();
  const last = await rig.saw('replaced', 2);
  expect(last.data.replacement).toMatchObject({ final: true });
  expect(last.data.transaction.isTerminal).toBe(true);
  expect(rig.saidOf(payment)).toEqual(['pending', 'replaced', 'replaced']);
});

test('H54: only the hash is known and nobody ever shows it: no replacement is made up, and no end', async () => {
  const rig = await start();
  await rig.mine(1);
  const unseen = rig.chain.prepare(original);
  const { id } = await rig.track({ hash: unseen.hash });
  await outbid(rig, { value: 9n });
  await rig.mine(4);
  await rig.marker();
  expect(rig.saidOf(unseen)).toEqual([]);
  expect(await rig.transaction(id)).toMatchObject({ status: 'unknown', isTerminal: false, from: null, nonce: null });
});

test('H54: with sender and nonce given the replacement of a transaction that nobody shows is seen', async () => {
  const rig = await start();
  await rig.mine(1);
  const unseen = rig.chain.prepare(original);
  await rig.track({ hash: unseen.hash, from, nonce: 0 });
  const winner = await outbid(rig, { value: 9n });
  const { data } = await rig.saw('replaced', 1, unseen.hash);
  expect(data.replacement?.hash).toBe(winner.hash);
});

test('H57: both are tracked: two records, each with its own hash and story, linked to each other', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending(original);
  const rival = rig.chain.prepare({ ...original, value: 8n });
  await rig.track({ hash: rival.hash });
  rig.chain.submit(rival);
  await rig.mine(5);
  await rig.saw('confirmed', 1, rival.hash);
  await rig.saw('replaced', 1, payment.hash);
  expect(await rig.of(payment.hash)).toMatchObject({
    status: 'replaced',
    replacedBy: rival.hash,
    blockHash: null,
    execution: null,
  });
  expect(await rig.of(rival.hash)).toMatchObject({ status: 'confirmed', replaces: payment.hash, replacedBy: null });
  expect(rig.saidOf(payment)).toEqual(['pending', 'replaced']);
});

test('H58: the winner is reorged out: pending again, and mined after all', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending(original);
  const winner = await outbid(rig, { value: 9n });
  await rig.saw('replaced');
  rig.chain.reorg({ depth: 1, length: 2, fates: { [winner.hash]: { kind: 'gone' } } });
  await rig.saw('pending', 2);
  expect(await rig.of(payment.hash)).toMatchObject({ status: 'pending', replacedBy: null, reason: null });
  rig.chain.submit(payment);
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.said).toEqual(['pending', 'replaced', 'pending', 'included', 'confirmation 3', 'confirmed']);
});

test('H58: the winner is reorged out for the original: reported as included, not as an error of ours', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending(original);
  const winner = await outbid(rig, { value: 9n });
  await rig.saw('replaced');
  const fork = rig.chain.fork(rig.chain.head.number - 1);
  fork.mine({ transactions: [payment] });
  fork.mine();
  fork.adopt([winner.hash]);
  await rig.saw('included');
  expect(rig.said.slice(0, 2)).toEqual(['pending', 'replaced']);
  expect(rig.said.at(-1)).toBe('included');
  expect(rig.said).not.toContain('corrected');
});

test('H59: a cancellation is sent and the original wins: judged by what was mined', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending(original);
  const cancel = rig.chain.prepare({ ...original, to: from, value: 0n });
  await rig.track({ hash: cancel.hash, from, nonce: 0 });
  await rig.mine(5);
  await rig.saw('confirmed', 1, payment.hash);
  const { data } = await rig.saw('replaced', 1, cancel.hash);
  expect(data.replacement).toMatchObject({ hash: payment.hash });
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3', 'confirmed']);
});

test('H75: a rival in a block of another fork replaces nothing', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(1);
  const payment = await rig.pending(original);
  const fork = rig.chain.fork(rig.chain.head.number);
  fork.mine({ transactions: [{ ...original, value: 9n }] });
  rig.provider('spare').view.pin = fork;
  rig.server.announce('spare');
  await rig.mine(5);
  await rig.saw('confirmed');
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3', 'confirmed']);
});

test('H75: the same nonce of another sender, and another nonce of its sender, replace nothing', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = rig.chain.prepare({ ...original, nonce: 1 });
  await rig.track({ hash: payment.hash, from, nonce: 1 });
  rig.chain.submit({ ...original, nonce: 0 });
  rig.chain.submit({ ...original, from: rig.spec().from, nonce: 0 });
  await rig.mine(2);
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual([]);
  rig.chain.submit(payment);
  await rig.mine(1);
  await rig.saw('included', 1, payment.hash);
});

test('replaced long before it was registered: told at once, late', async () => {
  const rig = await start();
  await rig.mine(1);
  const lost = rig.chain.prepare(original);
  await outbid(rig, { value: 9n });
  await rig.mine(2);
  rig.finalize();
  await rig.asked('eth_getBlockByNumber', 4);
  await rig.track({ hash: lost.hash, from, nonce: 0 });
  const { data } = await rig.saw('replaced', 2);
  expect(data).toMatchObject({ late: true, replacement: { final: true } });
});
