import { expect, test } from 'vitest';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();

test('H06: a reorg at equal height gives reorged and what follows', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  rig.chain.reorg({ depth: 1, length: 1 });
  const included = await rig.saw('included', 2);
  expect(rig.said).toEqual(['pending', 'included', 'reorged', 'included']);
  expect(included.data.transaction.blockHash).toBe(rig.chain.head.hash);
  await rig.crash();
  await rig.mine(4);
  await rig.saw('confirmed', 1, payment.hash);
});

test('H07: a reorg to a shorter chain is followed, though the head goes back', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(3);
  await rig.saw('confirmation');
  rig.chain.reorg({ depth: 3, length: 2, fates: { [payment.hash]: { kind: 'pool' } } });
  const { data } = await rig.saw('reorged');
  expect(data.reorg).toMatchObject({ depth: 3, beyondFinality: false });
  expect(data.transaction).toMatchObject({ status: 'pending', confirmations: 0, blockHash: null });
  const next = await rig.pending();
  await rig.mine(1);
  const again = await rig.saw('included', 2, payment.hash);
  // Mined at a height that was announced before, of the branch that is gone: news all the same.
  const first = await rig.saw('included', 1, next.hash);
  expect([again.data.late, first.data.late]).toEqual([false, false]);
});

test('H73: mined in both branches at another height: reorged, then included, and the count begins anew', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(3);
  await rig.saw('confirmation');
  rig.chain.reorg({ depth: 3, length: 4, fates: { [payment.hash]: { kind: 'later', blocks: 2 } } });
  const included = await rig.saw('included', 2);
  expect(included.data.transaction.blockNumber).toBe(5);
  await rig.mine(1);
  await rig.saw('confirmation', 2);
  expect(rig.said).toEqual(['pending', 'included', 'confirmation 3', 'reorged', 'included', 'confirmation 3']);
});

test('H74: reorged out and in no block since: pending, and neither confirmed nor forgotten', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  rig.chain.reorg({ depth: 1, length: 2, fates: { [payment.hash]: { kind: 'gone' } } });
  await rig.saw('reorged');
  await rig.mine(8);
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'reorged']);
  expect(await rig.of(payment.hash)).toMatchObject({ status: 'pending', isTerminal: false, confirmations: 0 });
  rig.chain.submit(payment);
  await rig.mine(1);
  await rig.saw('included', 2, payment.hash);
});

test('F04: reorgs of depth 1, 2, 7 and 32 one after the other', async () => {
  const rig = await start();
  await rig.mine(1);
  rig.chain.mine({ count: 40 });
  await rig.followed();
  const payment = await rig.pending();
  rig.chain.mine();
  await rig.saw('included');
  for (const [round, depth] of [1, 2, 7, 32].entries()) {
    const { applied } = rig.chain.reorg({ depth, length: depth + (round % 2), fates: {} });
    const { data } = await rig.saw('reorged', round + 1);
    expect(data.reorg).toMatchObject({ depth });
    const again = await rig.saw('included', round + 2);
    expect(applied.map(({ hash }) => hash)).toContain(again.data.transaction.blockHash);
  }
  expect(rig.saidOf(payment).filter((said) => said === 'reorged')).toHaveLength(4);
});

test('F04: a reorg of 157 blocks on a chain without finality', async () => {
  const rig = await start();
  rig.chain.mine({ count: 10 });
  await rig.followed();
  const payment = await rig.pending();
  rig.chain.mine({ count: 157 });
  await rig.followed();
  await rig.saw('confirmed');
  rig.chain.reorg({ depth: 157, fates: { [payment.hash]: { kind: 'later', blocks: 100 } } });
  const { data } = await rig.saw('reorged');
  expect(data.reorg).toMatchObject({ depth: 157 });
  await rig.saw('confirmed', 2);
});

test('F04: back to the first branch (A-B-A) tells two reorgs and ends where it began', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(1);
  const first = await rig.saw('included');
  const old = rig.chain.head;
  rig.chain.reorg({ depth: 1, length: 2, fates: { [payment.hash]: { kind: 'pool' } } });
  await rig.saw('reorged');
  rig.chain.mine({ parent: old.hash, count: 3, becomesHead: false });
  const tip = rig.chain.blocks.atHeight(old.number + 3).at(-1);
  rig.chain.setHead(tip?.hash ?? old.hash);
  const again = await rig.saw('included', 2);
  expect(again.data.transaction.blockHash).toBe(first.data.transaction.blockHash);
  expect(rig.said.slice(0, 4)).toEqual(['pending', 'included', 'reorged', 'included']);
});

test('F04: a reorg within the branch of a reorg', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(4);
  await rig.saw('confirmation');
  rig.chain.reorg({ depth: 4, length: 5 });
  rig.chain.reorg({ depth: 2, length: 3 });
  await rig.followed();
  const included = await rig.saw('included', 2);
  expect(included.data.transaction.blockHash).toBe(rig.chain.blocks.holder(payment.hash, rig.chain.head)?.hash);
  await rig.saw('confirmed');
});

test('F05 H12: deeper than finality: one provider is not believed, two are, and it is said', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(5);
  rig.finalize();
  await rig.saw('finalized');
  const fork = rig.chain.fork(2);
  for (let count = 0; count < 7; count += 1) fork.mine();
  rig.provider('main').view.pin = fork;
  rig.server.announce('main');
  await rig.providerIs('main', 'failing', /is final, and no other provider does/);
  await rig.marker();
  expect(rig.saidOf(payment)).not.toContain('reorged');
  rig.provider('main').view.pin = null;
  // The pinned tip ends here: the fork goes on as the chain of both.
  while (fork.tip.number <= rig.chain.head.number) fork.mine();
  fork.adopt();
  const { data } = await rig.saw('reorged', 1, payment.hash);
  expect(data.reorg).toMatchObject({ beyondFinality: true });
  expect(data.previousStatus).toBe('finalized');
});

test.each([
  ['another height', { kind: 'later', blocks: 1 }, 'success'],
  ['another index', { kind: 'same' }, 'success'],
  ['another outcome', { kind: 'same', outcome: 'reverted' }, 'reverted'],
] as const)('F06: mined again at %s', async (_where, fate, outcome) => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  const other = rig.spec();
  const block = rig.chain.blocks.holder(payment.hash, rig.chain.head);
  const fork = rig.chain.fork((block?.number ?? 1) - 1);
  if (_where === 'another index') fork.mine({ transactions: [other, payment] });
  else rig.chain.reorg({ depth: 2, length: 3, fates: { [payment.hash]: fate } });
  if (_where === 'another index') {
    fork.mine();
    fork.mine();
    fork.adopt();
  }
  await rig.saw('included', 2);
  expect(await rig.outcomeOf(payment.hash)).toMatchObject({
    execution: outcome,
    transactionIndex: _where === 'another index' ? 1 : 0,
    blockNumber: _where === 'another height' ? 4 : 3,
  });
  await rig.mine(5);
  await rig.saw('confirmed');
});

test('F07 H74: a rival takes its nonce in the new branch: reorged, then replaced', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  rig.chain.reorg({ depth: 1, fates: { [payment.hash]: { kind: 'rival', spec: { value: 7n } } } });
  const { data } = await rig.saw('replaced');
  expect(data.replacement).toMatchObject({ reason: 'replaced', final: false });
  rig.finalize();
  await rig.saw('replaced', 2);
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'reorged', 'replaced', 'replaced']);
});
