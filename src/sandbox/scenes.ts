import { revertingAddress } from './accounts.ts';
import { blocksBelowFloor } from './price-floor.ts';
import type { SceneKind, ScenePlan } from './scene-plan.ts';
import type { SceneStage } from './scene-stage.ts';

/** Plays a scene to its end, with a wallet that nothing else sends from meanwhile. */
export function playScene(plan: ScenePlan, stage: SceneStage): Promise<void> {
  return scenes[plan.kind](plan, stage);
}

/** A spike lasts two minutes at most, and comes down as it went up. */
const mostSpikeBlocks = 200;

const scenes: Readonly<Record<SceneKind, (plan: ScenePlan, stage: SceneStage) => Promise<void>>> = {
  transfer: async ({ payments: [payment] }, stage) => {
    const hash = await stage.send(await stage.nextNonce(), payment);
    await stage.track(hash, payment.label);
    await stage.mined(hash);
  },
  late: async ({ payments: [payment], pauseBlocks }, stage) => {
    const hash = await stage.send(await stage.nextNonce(), payment);
    await stage.mined(hash);
    await stage.blocks(pauseBlocks);
    await stage.track(hash, payment.label);
  },
  reverted: async ({ payments: [payment] }, stage) => {
    const hash = await stage.send(await stage.nextNonce(), { to: revertingAddress, value: payment.value });
    await stage.track(hash, payment.label);
    await stage.mined(hash);
  },
  repriced: (plan, stage) => outbid(plan, stage, 'the same with a higher fee'),
  cancelled: (plan, stage) => outbid(plan, stage, 'a cancellation'),
  replaced: (plan, stage) => outbid(plan, stage, 'something else'),
  dropped: async ({ payments: [payment] }, stage) => {
    const hash = await stage.send(await stage.nextNonce(), payment, 'dust');
    await stage.track(hash, payment.label);
    await stage.gone(hash, blocksBelowFloor * 2);
  },
  nonce_gap: async ({ payments: [first, second], pauseBlocks }, stage) => {
    const nonce = await stage.nextNonce();
    const waiting = await stage.send(nonce + 1, second ?? first);
    await stage.track(waiting, second?.label ?? first.label);
    await stage.blocks(pauseBlocks + 1);
    await stage.track(await stage.send(nonce, first), first.label);
    await stage.mined(waiting);
  },
  batch: async ({ payments }, stage) => {
    const nonce = await stage.nextNonce();
    const entries = [];
    for (const [index, payment] of payments.entries()) {
      entries.push({ hash: await stage.send(nonce + index, payment), label: payment.label });
    }
    await stage.trackBatch(entries);
    await stage.mined(entries.at(-1)?.hash ?? '');
  },
  low_fee: async ({ payments: [payment] }, stage) => {
    const hash = await stage.send(await stage.nextNonce(), payment, 'tight');
    await stage.track(hash, payment.label);
    await stage.mined(hash, mostSpikeBlocks);
  },
};

/** A transaction that offers too little, and after a while another one in its place. */
async function outbid(
  { payments: [payment], pauseBlocks }: ScenePlan,
  stage: SceneStage,
  by: 'the same with a higher fee' | 'a cancellation' | 'something else',
): Promise<void> {
  const nonce = await stage.nextNonce();
  await stage.track(await stage.send(nonce, payment, 'low'), payment.label);
  await stage.blocks(pauseBlocks);
  const rivals = {
    'the same with a higher fee': { call: payment, label: `${payment.label}, sped up` },
    'a cancellation': { call: { to: stage.address, value: 0n }, label: `${payment.label}, cancelled` },
    'something else': { call: { ...payment, value: payment.value * 2n }, label: `${payment.label}, corrected` },
  };
  const { call, label } = rivals[by];
  const hash = await stage.send(nonce, call);
  await stage.track(hash, label);
  await stage.mined(hash);
}
