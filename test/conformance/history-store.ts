import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderEvent } from '../../src/core/delivery/render-event.ts';
import type { EventRecord } from '../../src/core/records/event-record.ts';
import { type HistoryArchive, type HistoryStore, historyStretchMs } from '../../src/ports/history-store.ts';
import type { Mailbox } from '../../src/ports/mailbox.ts';
import { eventRecord } from '../harness/event-record.ts';
import { type ManualClock, manualClock } from '../harness/recording-ports.ts';

export interface HistoryFixture {
  readonly history: HistoryStore;
  /** These events are numbered now, each subscriber's from 1 on, and leave at once for the history. */
  leave(records: readonly EventRecord[]): Promise<void>;
  dispose(): Promise<void>;
}

const hourMs = 3_600_000;

/** What the port `HistoryStore` promises. */
export function historyStoreSuite(
  name: string,
  create: (deps: { readonly clock: ManualClock }) => Promise<HistoryFixture>,
): void {
  describe(`history: ${name}`, () => {
    let clock: ManualClock;
    let fixture: HistoryFixture;

    beforeEach(async () => {
      clock = manualClock();
      fixture = await create({ clock });
    });
    afterEach(() => fixture.dispose());

    /** The revisions of a transaction's events, page by page of two. */
    async function revisionsOf(transactionId: string, tenant = 'one'): Promise<readonly number[]> {
      const revisions: number[] = [];
      let after: number | null = 0;
      while (after !== null) {
        const { events, next } = await fixture.history.history(tenant, transactionId, after, 2);
        expect(events.length).toBeLessThanOrEqual(2);
        revisions.push(...events.map(({ json }) => (JSON.parse(json) as { revision: number }).revision));
        after = next;
      }
      return revisions;
    }

    async function retain(keepMs: number): Promise<void> {
      while (await fixture.history.retainHistory(clock.nowMs, keepMs));
    }

    function event(transactionId: string, revision: number, given: Parameters<typeof eventRecord>[0] = {}) {
      return eventRecord({ tenant: 'one', subscriber: 'alice', transactionId, revision, ...given });
    }

    test('I04: an event is what it was, with its evidence, and bytes that no encoding changed', async () => {
      const record: EventRecord = {
        ...event('tx_a', 1),
        id: 'evt_ü 🚀 \u0000 "\\',
        evidence: { rule: 'R07', providers: ['ä', 'b'], block: { number: 9, hash: '0x9' } },
      };
      await fixture.leave([event('tx_b', 1), record]);
      const { events, next } = await fixture.history.history('one', 'tx_a', 0, 10);
      const expected = {
        type: record.type,
        timeMs: record.timeMs,
        json: renderEvent(record, 2),
        evidence: record.evidence,
      };
      expect(events).toEqual([{ ...expected, place: events[0]?.place }]);
      expect(next).toBeNull();
    });

    test('one transaction, across subscribers, oldest first and page by page', async () => {
      await fixture.leave([event('tx_a', 1), event('tx_b', 1), event('tx_a', 2)]);
      await fixture.leave([event('tx_a', 3, { subscriber: 'bob' }), event('tx_b', 2), event('tx_a', 4)]);
      expect(await revisionsOf('tx_a')).toEqual([1, 2, 3, 4]);
      expect(await revisionsOf('tx_b')).toEqual([1, 2]);
      expect(await revisionsOf('tx_none')).toEqual([]);
    });

    test('I11: a transaction of another tenant is as one that does not exist', async () => {
      await fixture.leave([event('tx_a', 1)]);
      expect(await fixture.history.history('two', 'tx_a', 0, 10)).toEqual({ events: [], next: null });
    });

    test('nothing younger goes, and what is older than that and a stretch does not stay', async () => {
      await fixture.leave([event('tx_a', 1), event('tx_b', 1)]);
      clock.nowMs += 2 * historyStretchMs;
      await fixture.leave([event('tx_a', 2)]);
      await retain(2 * historyStretchMs);
      expect(await revisionsOf('tx_a')).toEqual([1, 2]);
      clock.nowMs += hourMs;
      await retain(historyStretchMs);
      expect(await revisionsOf('tx_a')).toEqual([2]);
      expect(await revisionsOf('tx_b')).toEqual([]);
      await fixture.leave([event('tx_a', 3)]);
      expect(await revisionsOf('tx_a')).toEqual([2, 3]);
    });

    test('much goes piece by piece', async () => {
      for (let part = 0; part < 5; part += 1) {
        await fixture.leave(Array.from({ length: 1_000 }, (_, n) => event(`tx_${n % 10}`, part * 1_000 + n)));
      }
      clock.nowMs += 2 * historyStretchMs;
      await fixture.leave([event('tx_0', 9_999)]);
      await retain(hourMs);
      expect(await revisionsOf('tx_0')).toEqual([9_999]);
      expect(await revisionsOf('tx_1')).toEqual([]);
    });
  });
}

/** What the port `HistoryArchive` promises beyond that; `reopen` gives the same archive to another process. */
export function historyArchiveSuite(
  name: string,
  create: () => Promise<{
    readonly archive: HistoryArchive;
    readonly reopen: () => Promise<HistoryArchive>;
    readonly dispose: () => Promise<void>;
  }>,
): void {
  describe(`history archive: ${name}`, () => {
    test('how far it goes outlives the process, also where a stretch held no event', async () => {
      const { archive, reopen, dispose } = await create();
      expect(archive.through).toBe(0);
      const entry = { place: 7, seq: 1, numberedMs: 1, record: eventRecord({}) };
      await archive.archive([entry], 8);
      expect(archive.through).toBe(8);
      await archive.archive([], 20);
      const again = await reopen();
      expect(again.through).toBe(20);
      expect((await again.history('default', 'tx_1', 0, 10)).events.map(({ place }) => place)).toEqual([7]);
      await dispose();
    });
  });
}

/** Gives what leaves its place in a log of its own. */
export function leaveFor(archive: HistoryArchive, clock: ManualClock): HistoryFixture['leave'] {
  const numbered = new Map<string, number>();
  let place = 0;
  return async (records) => {
    const entries = records.map((record) => {
      const seq = (numbered.get(record.subscriber) ?? 0) + 1;
      numbered.set(record.subscriber, seq);
      place += 10;
      return { place, seq, numberedMs: clock.nowMs, record };
    });
    await archive.archive(entries, place + 1);
  };
}

/** The same for a mailbox: numbered in it, and given up. */
export function leaveThrough(
  mailbox: Pick<Mailbox, 'take' | 'commit' | 'retain'>,
  clock: ManualClock,
): HistoryFixture['leave'] {
  let through = 0;
  return async (events) => {
    const hold = await mailbox.take(0);
    through += events.length;
    await mailbox.commit(hold, { through, events, origins: new Map() });
    while ((await mailbox.retain(clock.nowMs + 1, clock.nowMs)).more);
  };
}
