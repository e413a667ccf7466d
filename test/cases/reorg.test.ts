import { afterEach, expect, test } from 'vitest';
import { CaseRig } from '../harness/case-rig.ts';

let rig: CaseRig;

afterEach(async () => {
  await rig.end();
});

test('H06: a reorg at equal height gives reorged and what follows', async () => {
  rig = await CaseRig.start();
  await rig.mine(2);
  const transaction = rig.chain.submit({ from: `0x${'a1'.repeat(20)}`, to: `0x${'b2'.repeat(20)}`, value: 1n });
  await rig.track({ hash: transaction.hash });
  await rig.saw('pending');
  await rig.mine(1);
  await rig.saw('included');
  rig.chain.reorg({ depth: 1, length: 1, fates: { [transaction.hash]: { kind: 'same' } } });
  const included = await rig.saw('included', 2);
  expect(rig.said).toEqual(['pending', 'included', 'reorged', 'included']);
  expect(included.data.transaction.blockHash).toBe(rig.chain.head.hash);
  await rig.crash();
  await rig.mine(4);
  await rig.saw('confirmed');
});
