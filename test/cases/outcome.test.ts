import { expect, test } from 'vitest';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();

test('H95: its execution reverted: it is included, confirmed and finalized all the same, and says so', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending({ reverts: true });
  await rig.mine(5);
  rig.finalize();
  await rig.saw('finalized');
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3', 'confirmed', 'finalized']);
  const settled = rig.events.filter(({ type }) => /confirmed|finalized/.test(type));
  expect(settled.map(({ data }) => data.transaction.execution)).toEqual(['reverted', 'reverted']);
});

test('H98: a receipt from before EIP-658 has no status: the outcome stays unknown, and nothing is confirmed on it', async () => {
  const rig = await start();
  await rig.mine(1);
  const old = (receipt: unknown): unknown => {
    if (receipt === null) return null;
    const { status: _status, ...rest } = receipt as Record<string, unknown>;
    return { ...rest, root: `0x${'7'.repeat(64)}` };
  };
  rig.provider().fault({ methods: ['eth_getTransactionReceipt'], fault: { kind: 'altered', alter: old } });
  const payment = await rig.pending();
  await rig.mine(6);
  const { data } = await rig.saw('included');
  expect(data.transaction).toMatchObject({ execution: null, gasUsed: '21000' });
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3']);
});
