import { describe, expect, test } from 'vitest';
import { eventRecord } from '../../test/harness/event-record.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { stageTimes } from '../../test/harness/stage-times.ts';
import { manualClock, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { MemoryMailbox } from '../adapters/memory/memory-mailbox.ts';
import { MemoryWakeUp } from '../adapters/memory/memory-wake-up.ts';
import { createMetrics } from '../observability/metrics.ts';
import { stageHistogram } from '../status/status-runner.ts';
import { MailboxReader } from './mailbox-reader.ts';

const alice = { tenant: 'default', subscriber: 'alice' };
const wholeTenant = { tenant: 'default', subscriber: null };

class ReaderRig {
  readonly clock = manualClock();
  readonly scheduler = new ManualScheduler();
  readonly mailbox = new MemoryMailbox({ clock: this.clock });
  readonly wakeUp = new MemoryWakeUp();
  readonly metrics = recordingMetrics();
  readonly times = createMetrics({ withProcess: false });
  readonly stage = stageHistogram(this.times);
  readonly reader = new MailboxReader(this);

  async number(count: number): Promise<void> {
    const hold = await this.mailbox.take(0);
    const events = Array.from({ length: count }, (_, index) =>
      eventRecord({ subscriber: 'alice', revision: index + 1, timeMs: this.clock.nowMs }),
    );
    await this.mailbox.commit(hold, { through: hold.through + count, events, origins: new Map() });
  }

  pass(ms: number): Promise<void> {
    return this.scheduler.pass(ms, this.clock);
  }

  watched() {
    const calls = { count: 0 };
    this.reader.watch(alice, () => {
      calls.count += 1;
    });
    return calls;
  }
}

async function numbered(count: number): Promise<ReaderRig> {
  const rig = new ReaderRig();
  await rig.number(count);
  return rig;
}

describe('a reader on any node', () => {
  test('reads what was numbered, and acknowledges what it read', async () => {
    const rig = new ReaderRig();
    const { reader } = rig;
    await rig.number(3);
    expect(await reader.bounds(alice)).toEqual({ oldest: 0, latest: 3 });
    expect(await reader.read(wholeTenant, 1, 10, {})).toMatchObject({ kind: 'page', through: 3, hasMore: false });
    expect(await reader.acknowledge(alice, 'app', 4)).toBe('beyond_sent');
    expect(await reader.acknowledge(alice, 'app', 2)).toBe('acknowledged');
    expect(await reader.acknowledged(alice, 'app')).toBe(2);
    expect((await reader.history('default', 'tx_1', 0, 2)).events).toHaveLength(2);
  });
});

describe('the figures', () => {
  test('events acknowledged are counted once a consumer', async () => {
    const { reader, metrics } = await numbered(3);
    await reader.acknowledge(alice, 'app', 2);
    await reader.acknowledge(alice, 'app', 2);
    await reader.acknowledge(alice, 'app', 1);
    await reader.acknowledge(alice, 'other', 3);
    await reader.acknowledge(wholeTenant, 'app', 1);
    expect(await reader.acknowledge(alice, 'app', 9)).toBe('beyond_sent');
    expect(metrics.values.get('txtrail_events_acknowledged_total')).toBe(2 + 3 + 1);
  });

  test('an event is timed when a channel takes it first, and by the acknowledgement that names it', async () => {
    const rig = await numbered(2);
    rig.clock.nowMs += 1_000;
    await rig.reader.read(alice, 0, 1, {});
    await rig.reader.read(alice, 0, 10, {});
    await rig.reader.read(alice, 0, 10, {});
    expect(await stageTimes(rig.times, 'decided_to_sent')).toEqual([2, 2]);
    rig.clock.nowMs += 2_000;
    await rig.reader.acknowledge(alice, 'app', 1);
    expect(await stageTimes(rig.times, 'decided_to_acknowledged')).toEqual([0, 0]);
    await rig.reader.acknowledge(alice, 'app', 2);
    await rig.reader.acknowledge(alice, 'app', 2);
    expect(await stageTimes(rig.times, 'decided_to_acknowledged')).toEqual([1, 3]);
  });

  test('what was decided before the process began says nothing of its pace', async () => {
    const rig = await numbered(2);
    rig.clock.nowMs += 1_000;
    const later = new MailboxReader(rig);
    await later.read(alice, 0, 10, {});
    expect(await stageTimes(rig.times, 'decided_to_sent')).toEqual([0, 0]);
    await rig.number(1);
    await later.read(alice, 2, 10, {});
    expect(await stageTimes(rig.times, 'decided_to_sent')).toEqual([1, 0]);
  });
});

describe('a watch', () => {
  test('is called when a bell rings, and by a look where one is lost (P15)', async () => {
    const rig = new ReaderRig();
    const calls = rig.watched();
    rig.wakeUp.ring([alice]);
    await Promise.resolve();
    expect(calls.count).toBe(1);
    await rig.pass(1_000);
    expect(calls.count).toBe(2);
    await rig.number(1);
    await rig.pass(1_000);
    expect(calls.count).toBe(3);
    await rig.pass(5_000);
    expect(calls.count).toBe(3);
  });

  test('of who asks what was acknowledged is called again, since another node may take the next one', async () => {
    const rig = await numbered(2);
    const otherNode = new MailboxReader(rig);
    const calls = rig.watched();
    let acknowledged: number | null = null;
    rig.reader.watch(alice, () => {
      if (acknowledged !== 2) void rig.reader.acknowledged(alice, 'app').then((upTo) => (acknowledged = upTo));
    });
    await rig.pass(3_000);
    await otherNode.acknowledge(alice, 'app', 2);
    await rig.pass(1_000);
    expect(acknowledged).toBe(2);
    await rig.pass(1_000);
    const { count } = calls;
    await rig.pass(5_000);
    expect(calls.count).toBe(count);
  });
});
