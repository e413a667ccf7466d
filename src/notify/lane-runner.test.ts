import { describe, expect, test } from 'vitest';
import { alice, bob, DeliveryRig, eventInput, wholeTenant } from '../../test/harness/delivery-rig.ts';
import { eventRecord } from '../../test/harness/event-record.ts';

describe('numbering', () => {
  test('I04, F22: what a source says again is counted and dropped, in every lane', async () => {
    const rig = await DeliveryRig.start();
    const said = ['alice', 'bob', 'carol'].map((subscriber, ordinal) =>
      eventRecord({ subscriber, ordinal, position: 9 }),
    );
    await rig.dispatcher.write([...said, ...said].map(eventInput));
    expect(rig.reader.bounds(alice).latest).toBe(1);
    expect(rig.lanes.feed('default').positions.count).toBe(3);
    expect(rig.metrics.values.get('txtrail_events_numbered_total')).toBe(3);
    expect(rig.metrics.values.get('txtrail_events_repeated_total')).toBe(3);
  });

  test('bells ring for what is numbered and acknowledged live, and not in a replay', async () => {
    const rig = await DeliveryRig.start();
    const rings = { alice: 0, bob: 0, tenant: 0 };
    rig.reader.watch(alice, () => (rings.alice += 1));
    rig.reader.watch(bob, () => (rings.bob += 1));
    rig.reader.watch(wholeTenant, () => (rings.tenant += 1));
    await rig.tell(3, { subscriber: 'alice' });
    await Promise.resolve();
    expect(rings).toEqual({ alice: 1, bob: 0, tenant: 1 });
    await rig.acknowledge(alice, 'app', 2);
    await Promise.resolve();
    expect(rings).toEqual({ alice: 2, bob: 0, tenant: 2 });

    const replayed = new DeliveryRig({ log: rig.log, clock: rig.clock });
    let heard = 0;
    replayed.reader.watch(alice, () => (heard += 1));
    await replayed.dispatcher.replay(0);
    await Promise.resolve();
    expect(heard).toBe(0);
    expect(replayed.metrics.values.get('txtrail_events_numbered_total')).toBeUndefined();
    expect(replayed.reader.acknowledged(alice, 'app')).toBe(2);
  });

  test('acknowledged events are counted once a consumer', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(5, { subscriber: 'alice' });
    await rig.tell(2, { subscriber: 'bob' });
    const counted = (): number => rig.metrics.values.get('txtrail_events_acknowledged_total') ?? 0;
    await rig.acknowledge(alice, 'app', 2);
    await rig.acknowledge(alice, 'app', 5);
    expect(counted()).toBe(5);
    await rig.acknowledge(wholeTenant, 'audit', rig.reader.bounds(wholeTenant).latest);
    expect(counted()).toBe(12);
  });
});

test('a snapshot brings every lane, feed and number back', async () => {
  const rig = await DeliveryRig.start();
  for (const subscriber of ['alice', 'bob', 'alice', 'carol']) await rig.tell(2, { subscriber });
  await rig.tell(3, { tenant: 'other', subscriber: 'alice' });
  const restarted = await rig.restart();
  for (const scope of [alice, bob, wholeTenant, { tenant: 'other', subscriber: null }]) {
    expect(restarted.reader.bounds(scope)).toEqual(rig.reader.bounds(scope));
    expect(await restarted.page(scope, 0)).toEqual(await rig.page(scope, 0));
  }
  expect(restarted.lanes.restore({ name: 'partition/3', text: '{}' })).toBe(false);
});
