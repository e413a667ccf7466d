import { describe, expect, test } from 'vitest';
import { alice, bob, DeliveryRig, wholeTenant } from '../../test/harness/delivery-rig.ts';
import { recordingLogger } from '../../test/harness/recording-ports.ts';
import { defaultRetention, logExpired, type Retained } from './retention.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Three events of Alice, an hour later one of Bob. */
async function told(): Promise<DeliveryRig> {
  const rig = await DeliveryRig.start();
  await rig.tell(3, { subscriber: 'alice' });
  rig.clock.nowMs += hourMs;
  await rig.tell(1, { subscriber: 'bob' });
  return rig;
}

function later(rig: DeliveryRig, ms: number): Retained {
  rig.clock.nowMs += ms;
  return rig.lanes.retain(rig.clock.nowMs, defaultRetention, Number.POSITIVE_INFINITY);
}

describe('retention', () => {
  test('72 hours are kept in any case, and then what nobody waits for goes', async () => {
    const rig = await told();
    expect(later(rig, 70.9 * hourMs)).toEqual({ oldestKept: 1, expired: [] });
    expect(later(rig, 0.2 * hourMs)).toEqual({ oldestKept: 4, expired: [] });
    expect(rig.reader.bounds(alice)).toEqual({ oldest: 3, latest: 3 });
    expect(later(rig, hourMs)).toEqual({ oldestKept: null, expired: [] });
    expect(rig.reader.bounds(bob)).toEqual({ oldest: 1, latest: 1 });
  });

  test('a known consumer holds back what it has not acknowledged, and only that', async () => {
    const rig = await told();
    await rig.acknowledge(alice, 'fast', 3);
    await rig.acknowledge(alice, 'slow', 1);
    later(rig, 4 * dayMs);
    expect(rig.reader.bounds(alice).oldest).toBe(1);
    expect(rig.reader.bounds(bob).oldest).toBe(1);
    await rig.acknowledge(alice, 'slow', 3);
    later(rig, 0);
    expect(rig.reader.bounds(alice).oldest).toBe(3);
  });

  test('a consumer of the whole tenant holds back every subscriber', async () => {
    const rig = await told();
    const [, second = 0] = rig.lanes.feed('default').positions.toArray();
    await rig.acknowledge(wholeTenant, 'audit', second);
    later(rig, 4 * dayMs);
    expect([rig.reader.bounds(alice).oldest, rig.reader.bounds(bob).oldest]).toEqual([2, 0]);
    expect((await rig.page(wholeTenant, second))[0]).toHaveLength(2);
    // What a consumer of another tenant has read holds nothing back here.
    expect(rig.lanes.lane('other', null).lowestAcknowledged('other', null)).toBeNull();
  });

  test('after 30 days it goes unacknowledged, and is counted and told: neither silently lost nor kept for ever (I03)', async () => {
    const rig = await told();
    await rig.acknowledge(alice, 'gone', 1);
    expect(later(rig, 29 * dayMs)).toEqual({ oldestKept: 2, expired: [] });
    const { oldestKept, expired } = later(rig, 2 * dayMs);
    expect([oldestKept, expired]).toEqual([
      null,
      [{ tenant: 'default', subscriber: 'alice', fromSeq: 2, throughSeq: 3 }],
    ]);
    expect(rig.metrics.values.get('txtrail_events_expired_total')).toBe(2);
    expect(later(rig, dayMs).expired).toEqual([]);
    const logger = recordingLogger();
    logExpired(expired, logger);
    expect(logger.lines).toEqual([
      { level: 'warn', message: expect.stringContaining('unacknowledged'), facts: expired[0] },
    ]);
    await rig.tell(1, { subscriber: 'alice' });
    expect(await rig.page(alice, 3)).toEqual([[4], 4, false]);
  });

  test('what nobody was known to wait for is not counted as lost', async () => {
    const rig = await told();
    expect(later(rig, 40 * dayMs)).toEqual({ oldestKept: null, expired: [] });
    expect(rig.metrics.values.get('txtrail_events_expired_total')).toBeUndefined();
  });

  test('the very last events go too, though nothing was written after them', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(1, { subscriber: 'alice' });
    await rig.tell(1, { subscriber: 'alice' });
    later(rig, 73 * hourMs);
    expect(rig.reader.bounds(alice)).toEqual({ oldest: 2, latest: 2 });
  });

  test('what was given up stays so after a restart, for subscribers and whole tenants', async () => {
    const rig = await told();
    later(rig, 71.5 * hourMs);
    const bounds = [rig.reader.bounds(alice), rig.reader.bounds(bob), rig.reader.bounds(wholeTenant)];
    const restarted = await rig.restart();
    expect([
      restarted.reader.bounds(alice),
      restarted.reader.bounds(bob),
      restarted.reader.bounds(wholeTenant),
    ]).toEqual(bounds);
    expect(await restarted.page(wholeTenant, 0)).toBe(`too old, from ${rig.reader.bounds(wholeTenant).oldest}`);
  });

  test('many lost at once are told in few lines', () => {
    const logger = recordingLogger();
    const expired = Array.from({ length: 500 }, (_, n) => ({
      tenant: 'default',
      subscriber: `s${n}`,
      fromSeq: 1,
      throughSeq: 2,
    }));
    logExpired(expired, logger);
    expect(logger.lines).toHaveLength(21);
    expect(logger.lines.at(-1)?.facts).toEqual({ subscribers: 480 });
  });
});
