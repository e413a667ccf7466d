import { expect, test } from 'vitest';
import { DeliveryRig } from '../../test/harness/delivery-rig.ts';
import { stageTimes } from '../../test/harness/stage-times.ts';
import { createMetrics } from '../observability/metrics.ts';
import { stageHistogram } from '../status/status-runner.ts';

const alice = { tenant: 'default', subscriber: 'alice' };

test('sending is timed when a channel first takes an event, acknowledging by the newest event it names', async () => {
  const metrics = createMetrics({ withProcess: false });
  const rig = await DeliveryRig.start({ stage: stageHistogram(metrics) });
  await rig.tell(2, { subscriber: 'alice' });
  rig.clock.nowMs += 1_000;
  await rig.page(alice, 0);
  await rig.page(alice, 0);
  expect(await stageTimes(metrics, 'decided_to_sent')).toEqual([2, 2]);
  rig.clock.nowMs += 2_000;
  await rig.acknowledge(alice, 'app', 2);
  await rig.acknowledge(alice, 'app', 2);
  expect(await stageTimes(metrics, 'decided_to_acknowledged')).toEqual([1, 3]);
  const restarted = await rig.restart();
  await restarted.page(alice, 0);
  expect(await stageTimes(metrics, 'decided_to_sent')).toEqual([2, 2]);
});
