import { describe, expect, test } from 'vitest';
import { eventRecord } from '../../test/harness/event-record.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { MemoryMailbox } from '../adapters/memory/memory-mailbox.ts';
import { MemoryWakeUp } from '../adapters/memory/memory-wake-up.ts';
import { TxTrailError } from '../lib/error.ts';
import type { EventScope, Place } from '../ports/event-reader.ts';
import { MailboxWatch } from './mailbox-watch.ts';

const alice: EventScope = { tenant: 'default', subscriber: 'alice' };
const bob: EventScope = { tenant: 'default', subscriber: 'bob' };
const wholeTenant: EventScope = { tenant: 'default', subscriber: null };
const stranger: EventScope = { tenant: 'other', subscriber: 'alice' };

class WatchRig {
  readonly clock = manualClock();
  readonly scheduler = new ManualScheduler();
  stored = new MemoryMailbox({ clock: this.clock });
  readonly wakeUp = new MemoryWakeUp();
  /** What each look asked for. */
  readonly looks: { readonly tenant: string; readonly subscribers: readonly (string | null)[] }[] = [];
  /** What looks fail with. */
  fault: Error | null = null;
  /** A look's answer, as it was when the look began, comes when this settles. */
  held: Promise<void> | null = null;
  readonly mailbox = {
    latest: async (tenant: string, subscribers: readonly (string | null)[]): Promise<readonly Place[]> => {
      this.looks.push({ tenant, subscribers });
      const { fault } = this;
      const places = await this.stored.latest(tenant, subscribers);
      await this.held;
      if (fault !== null) throw fault;
      return places;
    },
  };
  readonly watch = new MailboxWatch(this);

  /** Its bell is lost, unless the test rings it. */
  async number(scope: EventScope = alice): Promise<void> {
    const hold = await this.stored.take(0);
    const { tenant, subscriber } = scope;
    const events = [eventRecord({ tenant, subscriber: subscriber ?? 'somebody' })];
    await this.stored.commit(hold, { through: hold.through + 1, events, origins: new Map() });
  }

  async ring(scope: EventScope): Promise<void> {
    this.wakeUp.ring([scope]);
    await Promise.resolve();
  }

  pass(ms: number): Promise<void> {
    return this.scheduler.pass(ms, this.clock);
  }

  /** Looks that begin from now on are answered once this is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held = promise;
    return () => {
      this.held = null;
      resolve();
    };
  }

  watched(scope: EventScope = alice) {
    const calls = { count: 0, stop: (): void => undefined };
    calls.stop = this.watch.watch(scope, () => {
      calls.count += 1;
    });
    return calls;
  }

  /** One that has been called for what there is. */
  async settled(scope: EventScope = alice) {
    const calls = this.watched(scope);
    await this.pass(1_000);
    expect(calls.count).toBe(1);
    calls.count = 0;
    return calls;
  }
}

function away(): TxTrailError {
  return new TxTrailError('store_unavailable', 'The mailbox is away.', { retryable: true });
}

describe('who watches', () => {
  test('is called once a second after it began, whether there is something or not', async () => {
    const rig = new WatchRig();
    const calls = rig.watched();
    await rig.pass(999);
    expect(calls.count).toBe(0);
    await rig.pass(1);
    expect(calls.count).toBe(1);
    await rig.pass(10_000);
    expect(calls.count).toBe(1);
  });

  test('is called for what was numbered within a second, where the bell of it was lost (P15)', async () => {
    const rig = new WatchRig();
    const [own, all] = [await rig.settled(alice), await rig.settled(wholeTenant)];
    await rig.number(alice);
    await rig.pass(1_000);
    expect([own.count, all.count]).toEqual([1, 1]);
    await rig.number(bob);
    await rig.pass(1_000);
    expect([own.count, all.count]).toEqual([1, 2]);
  });

  test('is called by a bell at once, and once more for what may have come just after it', async () => {
    const rig = new WatchRig();
    const calls = await rig.settled();
    await rig.number();
    await rig.ring(alice);
    expect(calls.count).toBe(1);
    await rig.number();
    await rig.pass(999);
    expect(calls.count).toBe(1);
    await rig.pass(1);
    expect(calls.count).toBe(2);
    await rig.pass(5_000);
    expect(calls.count).toBe(2);
  });

  test('and hears bells all the time is not looked for', async () => {
    const rig = new WatchRig();
    const calls = rig.watched();
    for (let round = 1; round <= 8; round += 1) {
      await rig.pass(500);
      await rig.ring(alice);
      expect(calls.count).toBe(round);
    }
    expect(rig.looks).toEqual([]);
    await rig.pass(1_000);
    expect(calls.count).toBe(9);
  });

  test('the whole tenant hears of each of its subscribers, and a stranger of none', async () => {
    const rig = new WatchRig();
    const [all, other] = [await rig.settled(wholeTenant), await rig.settled(stranger)];
    await rig.ring(alice);
    await rig.number();
    await rig.pass(2_000);
    expect([all.count, other.count]).toEqual([2, 0]);
  });

  test('joins others of its scope and has its own first call', async () => {
    const rig = new WatchRig();
    await rig.number();
    const first = await rig.settled();
    await rig.pass(900);
    const later = rig.watched();
    await rig.pass(999);
    expect(later.count).toBe(0);
    await rig.pass(1);
    expect([first.count, later.count]).toEqual([0, 1]);
  });

  test('and stopped hears nothing more, and the last one ends the looking', async () => {
    const rig = new WatchRig();
    const [first, second] = [rig.watched(), rig.watched()];
    first.stop();
    await rig.ring(alice);
    await rig.pass(3_000);
    expect(first.count).toBe(0);
    expect(second.count).toBeGreaterThan(1);
    second.stop();
    await rig.pass(100);
    expect(rig.scheduler.nextDelayMs).toBeNull();
    const third = rig.watched();
    await rig.pass(1_000);
    expect(third.count).toBe(1);
  });

  test('may stop, and another begin, while it is called', async () => {
    const rig = new WatchRig();
    let inner = 0;
    const stop = rig.watch.watch(alice, () => {
      stop();
      rig.watch.watch(alice, () => {
        inner += 1;
      });
    });
    await rig.pass(2_000);
    expect(inner).toBe(1);
  });
});

describe('a look', () => {
  test('is one query a second for a tenant, however many watch', async () => {
    const rig = new WatchRig();
    const calls = Array.from({ length: 500 }, (_, n) => rig.watched({ tenant: 'default', subscriber: `s${n % 250}` }));
    calls.push(rig.watched(wholeTenant), rig.watched(stranger));
    await rig.pass(1_000);
    expect(rig.looks.map(({ tenant, subscribers }) => [tenant, subscribers.length])).toEqual([
      ['default', 251],
      ['other', 1],
    ]);
    await rig.pass(4_000);
    expect(rig.looks).toHaveLength(10);
    expect(calls.map(({ count }) => count)).toEqual(calls.map(() => 1));
  });

  test('takes others of the tenant along, so that those that began apart come to be one query a second', async () => {
    const rig = new WatchRig();
    const calls = [];
    for (let n = 0; n < 20; n += 1) {
      calls.push(rig.watched({ tenant: 'default', subscriber: `s${n}` }));
      await rig.pass(70);
    }
    await rig.pass(3_000);
    rig.looks.length = 0;
    await rig.pass(5_000);
    expect(rig.looks.map(({ subscribers }) => subscribers.length)).toEqual([20, 20, 20, 20, 20]);
    expect(calls.every(({ count }) => count === 1)).toBe(true);
    await rig.number({ tenant: 'default', subscriber: 's7' });
    await rig.pass(1_000);
    expect(calls.map(({ count }) => count)).toEqual(calls.map((_, n) => (n === 7 ? 2 : 1)));
  });

  test('does not take along who heard a bell less than a second ago', async () => {
    const rig = new WatchRig();
    const calls = await rig.settled(bob);
    await rig.settled(alice);
    await rig.number(bob);
    await rig.pass(600);
    await rig.ring(bob);
    await rig.pass(999);
    expect(calls.count).toBe(1);
    await rig.pass(1);
    expect(calls.count).toBe(2);
  });

  test('of very many scopes is several queries, one after the other, and leaves none out', async () => {
    const rig = new WatchRig();
    const calls = Array.from({ length: 2_500 }, (_, n) => rig.watched({ tenant: 'default', subscriber: `s${n}` }));
    const answer = rig.hold();
    await rig.pass(1_000);
    expect(rig.looks).toHaveLength(1);
    answer();
    await rig.pass(100);
    expect(rig.looks.map(({ subscribers }) => subscribers.length)).toEqual([1_000, 1_000, 500]);
    expect(calls.every(({ count }) => count === 1)).toBe(true);
  });

  test('that takes long is the only one of its tenant, and holds up no other tenant', async () => {
    const rig = new WatchRig();
    const calls = rig.watched();
    const answer = rig.hold();
    await rig.pass(1_000);
    rig.held = null;
    const other = rig.watched(stranger);
    await rig.pass(3_000);
    expect(rig.looks.filter(({ tenant }) => tenant === 'default')).toHaveLength(1);
    expect([calls.count, other.count]).toEqual([0, 1]);
    answer();
    await rig.number();
    await rig.pass(1_000);
    expect(calls.count).toBe(2);
  });

  test('that fails is not one that saw nothing, and is done again, without a call for nothing', async () => {
    const rig = new WatchRig();
    const calls = await rig.settled();
    rig.fault = away();
    await rig.number();
    await rig.pass(5_000);
    expect(calls.count).toBe(0);
    expect(rig.looks).toHaveLength(6);
    rig.fault = null;
    await rig.pass(1_000);
    expect(calls.count).toBe(1);
    rig.fault = away();
    await rig.pass(1_000);
    rig.fault = null;
    await rig.pass(1_000);
    expect(calls.count).toBe(1);
  });

  test('that fails first leaves the first call owed', async () => {
    const rig = new WatchRig();
    const calls = rig.watched();
    rig.fault = away();
    await rig.pass(2_000);
    expect(calls.count).toBe(0);
    rig.fault = null;
    await rig.pass(1_000);
    expect(calls.count).toBe(1);
  });

  test('that cannot be done at all calls each time, so that a read tells why', async () => {
    const rig = new WatchRig();
    const calls = await rig.settled();
    rig.fault = new TxTrailError('store_misconfigured', 'There is no such table.');
    await rig.pass(3_000);
    expect(calls.count).toBe(3);
  });

  test('does not take a bell that rings meanwhile for its own: what it did not see is found by the next', async () => {
    const rig = new WatchRig();
    const calls = await rig.settled();
    const answer = rig.hold();
    await rig.pass(1_000);
    await rig.number();
    await rig.ring(alice);
    expect(calls.count).toBe(1);
    await rig.number();
    answer();
    await rig.pass(1_000);
    expect(calls.count).toBe(2);
    await rig.pass(3_000);
    expect(calls.count).toBe(2);
  });

  test('of a mailbox that was restored from an older copy calls for what is numbered from there', async () => {
    const rig = new WatchRig();
    await rig.number();
    await rig.number();
    const calls = await rig.settled();
    rig.stored = new MemoryMailbox(rig);
    await rig.number();
    await rig.pass(1_000);
    expect(calls.count).toBe(1);
    await rig.number();
    await rig.pass(1_000);
    expect(calls.count).toBe(2);
  });

  test('calls nobody who stopped meanwhile, and the last one may', async () => {
    const rig = new WatchRig();
    const [first, second] = [rig.watched(), rig.watched(bob)];
    const answer = rig.hold();
    await rig.pass(1_000);
    first.stop();
    const again = rig.watched();
    answer();
    await rig.pass(0);
    await rig.pass(100);
    expect([first.count, second.count, again.count]).toEqual([0, 1, 0]);
    const last = rig.hold();
    await rig.pass(1_000);
    second.stop();
    again.stop();
    await rig.pass(1_000);
    last();
    await rig.pass(1_000);
    expect([second.count, again.count]).toEqual([1, 0]);
    const next = rig.watched();
    await rig.pass(1_000);
    expect(next.count).toBe(1);
  });

  test('calls at the next one whoever was said to wait for more than events', async () => {
    const rig = new WatchRig();
    const [own, other] = [await rig.settled(alice), await rig.settled(bob)];
    rig.watch.callAtNextLook(alice);
    rig.watch.callAtNextLook(stranger);
    await rig.pass(5_000);
    expect([own.count, other.count]).toEqual([1, 0]);
  });
});
