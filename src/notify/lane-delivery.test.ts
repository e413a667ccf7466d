import { afterEach, describe, expect, test } from 'vitest';
import { eventRecord } from '../../test/harness/event-record.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { MemoryMailbox } from '../adapters/memory/memory-mailbox.ts';
import { MemoryWakeUp } from '../adapters/memory/memory-wake-up.ts';
import type { EventRecord } from '../core/records/event-record.ts';
import { TxTrailError } from '../lib/error.ts';
import type { EventScope } from '../ports/event-reader.ts';
import type { LaneCommit, LaneHold, Mailbox } from '../ports/mailbox.ts';
import { stageHistogram } from '../status/status-runner.ts';
import { LaneDelivery } from './lane-delivery.ts';

const alice: EventScope = { tenant: 'default', subscriber: 'alice' };
const bob: EventScope = { tenant: 'default', subscriber: 'bob' };
const wholeTenant: EventScope = { tenant: 'default', subscriber: null };
const opened: LaneDelivery[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((delivery) => delivery.close()));
});

/** The lane of number 0, its mailbox, and owners of it that come one after the other. */
class LaneRig {
  readonly clock = manualClock();
  readonly scheduler = new ManualScheduler();
  readonly logger = recordingLogger();
  readonly metrics = recordingMetrics();
  readonly broker = new MemoryBroker();
  readonly mailbox = new MemoryMailbox({ clock: this.clock });
  readonly wakeUp = new MemoryWakeUp();

  owner(mailbox: Mailbox = this.mailbox): LaneDelivery {
    const counter = (name: `txtrail_${string}`) => this.metrics.counter({ name, help: '' });
    const figures = {
      numbered: counter('txtrail_numbered'),
      repeated: counter('txtrail_repeated'),
      stage: stageHistogram(this.metrics),
    };
    const delivery = new LaneDelivery({ lane: 0 }, { ...this, mailbox, ...figures });
    opened.push(delivery);
    return delivery;
  }

  async say(...events: readonly EventRecord[]): Promise<void> {
    await this.broker.append(
      'events/0',
      events.map((event) => ({ key: null, value: JSON.stringify(event) })),
    );
  }

  /** What a scope reads: the seq (or place) and the event's revision. */
  async read(scope: EventScope): Promise<readonly (readonly [number, number])[]> {
    const page = await this.mailbox.read(scope, 0, 500, {});
    if (page.kind !== 'page') throw new Error('nothing is given up here');
    return page.events.map(({ place, json }) => [place, (JSON.parse(json) as EventRecord).revision] as const);
  }

  async holds(count: number): Promise<void> {
    await waitUntil(async () => (await this.read(wholeTenant)).length >= count, {
      what: `${count} events in the mailbox`,
      everyMs: 2,
    });
  }
}

/** The events that a source derives one after the other, for one subscriber. */
function said(from: number, to: number, given: Parameters<typeof eventRecord>[0] = {}): readonly EventRecord[] {
  return Array.from({ length: to - from + 1 }, (_, index) =>
    eventRecord({ subscriber: 'alice', position: from + index, revision: from + index, ...given }),
  );
}

/** A mailbox whose first commit waits for the test; what it decides is the mailbox's own. */
class HeldMailbox {
  letThrough: (() => void) | null = null;
  readonly mailbox: Mailbox;

  constructor(mailbox: MemoryMailbox) {
    const commit = async (hold: LaneHold, batch: LaneCommit) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (this.letThrough === null) {
        this.letThrough = resolve;
        await promise;
      }
      return mailbox.commit(hold, batch);
    };
    this.mailbox = new Proxy<Mailbox>(mailbox, {
      get: (target, property) => {
        if (property === 'commit') return commit;
        const value: unknown = Reflect.get(target, property);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

const inOrder = (to: number): readonly (readonly [number, number])[] =>
  Array.from({ length: to }, (_, index) => [index + 1, index + 1] as const);

describe('the owner of a lane', () => {
  test('numbers what it reads, and wakes readers of the subscriber and of the tenant afterwards (P11)', async () => {
    const rig = new LaneRig();
    const heard: string[] = [];
    const look = (name: string, scope: EventScope) => {
      rig.wakeUp.watch(scope, () => void rig.read(scope).then((events) => heard.push(`${name} ${events.length}`)));
    };
    look('alice', alice);
    look('bob', bob);
    look('tenant', wholeTenant);
    await rig.owner().start();
    await rig.say(...said(1, 3));
    await waitUntil(() => heard.length === 2, { what: 'bells', everyMs: 2 });
    // It rang when they could be read.
    expect(heard.toSorted()).toEqual(['alice 3', 'tenant 3']);
    expect(rig.metrics.values.get('txtrail_numbered')).toBe(3);
  });

  test('drops what a source says again, in the batch and from what was committed before (P08)', async () => {
    const rig = new LaneRig();
    const owner = rig.owner();
    expect(owner.progress()).toBeNull();
    await owner.start();
    expect(owner.progress()).toBe(0);
    await rig.say(...said(1, 3), ...said(2, 4));
    await rig.holds(4);
    await waitUntil(() => owner.progress() === 6, { what: 'the place behind what was read', everyMs: 2 });
    await rig.say(...said(1, 5));
    await rig.holds(5);
    // Another source has positions of its own.
    await rig.say(...said(1, 1, { source: 'status/9', subscriber: 'bob' }));
    await rig.holds(6);
    expect(await rig.read(alice)).toEqual(inOrder(5));
    expect(await rig.read(bob)).toEqual([[1, 1]]);
    expect(rig.metrics.values.get('txtrail_repeated')).toBe(6);
  });

  test('goes on where the last one committed, though everything is said again (P08, P09)', async () => {
    const rig = new LaneRig();
    const first = rig.owner();
    await first.start();
    await rig.say(...said(1, 4));
    await rig.holds(4);
    await first.close();
    await rig.say(...said(1, 6));
    await rig.owner().start();
    await rig.holds(6);
    expect(await rig.read(alice)).toEqual(inOrder(6));
  });
});

describe('a lane that is taken over in the middle of a batch', () => {
  test('is committed by the new owner alone; the old one ends with lane_taken (P10)', async () => {
    const rig = new LaneRig();
    const held = new HeldMailbox(rig.mailbox);
    const old = rig.owner(held.mailbox);
    await old.start();
    await rig.say(...said(1, 5));
    const letThrough = await waitUntil(() => held.letThrough, { what: 'a commit', everyMs: 2 });
    await rig.owner().start();
    await rig.holds(5);
    await rig.say(...said(6, 7));
    await rig.holds(7);
    letThrough();
    expect(await old.ended).toMatchObject({ code: 'lane_taken' });
    expect(await rig.read(alice)).toEqual(inOrder(7));
    expect(await rig.read(wholeTenant)).toHaveLength(7);
  });

  test('where the old commit comes first, the new owner finds its part done (P09)', async () => {
    const rig = new LaneRig();
    const held = new HeldMailbox(rig.mailbox);
    await rig.owner(held.mailbox).start();
    await rig.say(...said(1, 3));
    const letThrough = await waitUntil(() => held.letThrough, { what: 'a commit', everyMs: 2 });
    letThrough();
    await rig.say(...said(3, 5));
    await rig.owner().start();
    await rig.holds(5);
    expect(await rig.read(alice)).toEqual(inOrder(5));
  });
});

describe('a store that is away', () => {
  test.each(['refused', 'answer_lost'] as const)('at a commit (%s): nothing twice, nothing missing', async (fault) => {
    const rig = new LaneRig();
    await rig.owner().start();
    rig.mailbox.failNextCommit(fault);
    await rig.say(...said(1, 3));
    await waitUntil(() => rig.scheduler.nextDelayMs, { what: 'the wait before another try', everyMs: 2 });
    await rig.say(...said(2, 6));
    await rig.scheduler.pass(100);
    await rig.holds(6);
    expect(await rig.read(alice)).toEqual(inOrder(6));
    expect(rig.logger.lines).toMatchObject([{ level: 'warn' }]);
  });

  test('whose answer was lost, and whose lane another took meanwhile and gave back', async () => {
    const rig = new LaneRig();
    const first = rig.owner();
    await first.start();
    rig.mailbox.failNextCommit('answer_lost');
    await rig.say(...said(1, 3));
    await waitUntil(() => rig.scheduler.nextDelayMs, { what: 'the wait before another try', everyMs: 2 });
    const second = rig.owner();
    await second.start();
    await rig.say(...said(4, 5));
    await rig.holds(5);
    // The first learns what became of it by taking the lane, which the second hears of at its next commit.
    await rig.scheduler.pass(100);
    await rig.say(...said(5, 7));
    await rig.holds(7);
    expect(await second.ended).toMatchObject({ code: 'lane_taken' });
    expect(await rig.read(alice)).toEqual(inOrder(7));
  });

  test('for long, is waited for with growing pauses and one line in the log', async () => {
    const rig = new LaneRig();
    await rig.owner().start();
    const pauses: number[] = [];
    rig.mailbox.failNextCommit('refused');
    await rig.say(...said(1, 2));
    while (pauses.length < 8) {
      const pauseMs = await waitUntil(() => rig.scheduler.nextDelayMs, { what: 'a pause', everyMs: 2 });
      pauses.push(pauseMs);
      rig.mailbox.failNextCommit('refused');
      await rig.scheduler.pass(pauseMs);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(await rig.read(alice)).toEqual([]);
    await rig.scheduler.pass(5_000);
    await rig.holds(2);
    expect(rig.logger.lines).toHaveLength(1);
  });

  test('does not keep a lane from being given up', async () => {
    const rig = new LaneRig();
    const delivery = rig.owner();
    await delivery.start();
    rig.mailbox.failNextCommit('refused');
    await rig.say(...said(1, 2));
    await waitUntil(() => rig.scheduler.nextDelayMs, { what: 'a pause', everyMs: 2 });
    await delivery.close();
    expect(rig.scheduler.nextDelayMs).toBeNull();
    await rig.owner().start();
    await rig.holds(2);
    expect(await rig.read(alice)).toEqual(inOrder(2));
  });

  test('when the lane is to be taken, is told to who keeps the shard', async () => {
    const rig = new LaneRig();
    const away: Pick<Mailbox, 'take'> = {
      take: () => Promise.reject(new TxTrailError('store_unavailable', 'away', { retryable: true })),
    };
    await expect(rig.owner(away as Mailbox).start()).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

test('a record that is no event stops the lane there, with its place: nothing behind it is numbered', async () => {
  const rig = new LaneRig();
  const delivery = rig.owner();
  await delivery.start();
  await rig.say(...said(1, 2));
  await rig.holds(2);
  await rig.broker.append('events/0', [{ key: null, value: 'poison' }]);
  await rig.say(...said(3, 4));
  expect(await delivery.ended).toMatchObject({
    code: 'record_not_applied',
    message: expect.stringContaining('2 of events/0'),
    facts: { stream: 'events/0', offset: 2 },
  });
  expect(await rig.read(alice)).toEqual(inOrder(2));
});

test('a lane whose records are gone below its place says so', async () => {
  const rig = new LaneRig();
  await rig.say(...said(1, 4));
  await rig.broker.trim('events/0', 2);
  const delivery = rig.owner();
  await delivery.start();
  expect(await delivery.ended).toMatchObject({ code: 'record_missing' });
});
