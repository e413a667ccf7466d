import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderEvent } from '../../src/core/delivery/render-event.ts';
import type { EventRecord } from '../../src/core/records/event-record.ts';
import type { Origin } from '../../src/core/records/origin.ts';
import type { EventFilter, EventPage, EventScope, ReadEvent } from '../../src/ports/event-reader.ts';
import { historyStretchMs } from '../../src/ports/history-store.ts';
import type { LaneHold, Mailbox, MailboxRetained, NumberedRow } from '../../src/ports/mailbox.ts';
import { eventRecord } from '../harness/event-record.ts';
import { type ManualClock, manualClock } from '../harness/recording-ports.ts';

export interface MailboxFixture {
  readonly mailbox: Mailbox;
  /** The same rows, as another node reaches them. */
  readonly otherNode: Mailbox;
  /** The next commit of `mailbox` takes place, and its answer is lost on the way. */
  loseNextAnswer(): void;
  dispose(): Promise<void>;
}

const hourMs = 3_600_000;
const alice: EventScope = { tenant: 'one', subscriber: 'alice' };
const bob: EventScope = { tenant: 'one', subscriber: 'bob' };
const wholeTenant: EventScope = { tenant: 'one', subscriber: null };
const stranger: EventScope = { tenant: 'two', subscriber: 'alice' };

/** What the port `Mailbox` promises. */
export function mailboxSuite(
  name: string,
  create: (deps: { readonly clock: ManualClock }) => Promise<MailboxFixture>,
): void {
  describe(`mailbox: ${name}`, () => {
    let clock: ManualClock;
    let fixture: MailboxFixture;
    let mailbox: Mailbox;
    let writer: LaneWriter;

    beforeEach(async () => {
      clock = manualClock();
      fixture = await create({ clock });
      mailbox = fixture.mailbox;
      writer = await LaneWriter.start(mailbox, 0);
    });
    afterEach(() => fixture.dispose());

    /** Retention by age, until there is nothing more to do. */
    async function retain(youngHours: number, oldHours: number): Promise<Omit<MailboxRetained, 'more'>> {
      const expired: MailboxRetained['expired'][number][] = [];
      let removed = 0;
      for (;;) {
        const one = await mailbox.retain(clock.nowMs - youngHours * hourMs, clock.nowMs - oldHours * hourMs);
        removed += one.removed;
        expired.push(...one.expired);
        if (!one.more) return { removed, expired };
      }
    }

    describe('numbering', () => {
      test('each subscriber counts 1, 2, 3 without a gap, each tenant its places, in the order given (I05)', async () => {
        const first = await writer.commit([alice, bob, alice, stranger]);
        const second = await writer.commit([bob, alice]);
        expect([...first, ...second]).toEqual([
          { seq: 1, place: 1 },
          { seq: 1, place: 2 },
          { seq: 2, place: 3 },
          { seq: 1, place: 1 },
          { seq: 2, place: 4 },
          { seq: 3, place: 5 },
        ]);
        expect(await mailbox.bounds(alice)).toEqual({ oldest: 0, latest: 3 });
        expect(await mailbox.bounds(wholeTenant)).toEqual({ oldest: 0, latest: 5 });
        expect(await mailbox.bounds({ tenant: 'one', subscriber: 'nobody' })).toEqual({ oldest: 0, latest: 0 });
      });

      test('I04: an event is byte-equal on every node and at every time, with its evidence', async () => {
        const record = eventOf(alice, {
          id: 'evt_ü 🚀 \u0000 "\\',
          evidence: { rule: 'R07', providers: ['ä', 'b'], block: { number: 9, hash: '0x9' } },
        });
        await writer.commitRecords([record]);
        const expected = {
          place: 1,
          type: record.type,
          timeMs: record.timeMs,
          json: renderEvent(record, 1),
          evidence: record.evidence,
        };
        expect(await eventsOf(mailbox, alice)).toEqual([expected]);
        expect(await eventsOf(fixture.otherNode, wholeTenant)).toEqual([expected]);
        expect((await mailbox.history('one', record.transactionId, 0, 10)).events).toEqual([expected]);
      });

      test('a large batch is one commit', async () => {
        const rows = await writer.commit(Array.from({ length: 3_000 }, (_, n) => (n % 3 === 0 ? bob : alice)));
        expect(rows.map(({ place }) => place)).toEqual(Array.from({ length: 3_000 }, (_, n) => n + 1));
        expect(await mailbox.bounds(alice)).toEqual({ oldest: 0, latest: 2_000 });
        expect(rows.at(-1)).toEqual({ seq: 2_000, place: 3_000 });
      });
    });

    describe('the lane', () => {
      test('P09: position and last origins are those of the last commit, and a commit may bring no event', async () => {
        expect(writer.hold).toEqual({ lane: 0, epoch: expect.any(Number), through: 0, origins: new Map() });
        await mailbox.commit(writer.hold, { through: 7, events: [], origins: origins('status/1', 4, 0) });
        await mailbox.commit(writer.hold, { through: 9, events: [], origins: origins('status/2', 8, 3) });
        await mailbox.commit(writer.hold, { through: 12, events: [], origins: origins('status/1', 5, 1) });
        const taken = await fixture.otherNode.take(0);
        expect(taken.epoch).toBeGreaterThan(writer.hold.epoch);
        expect(taken.through).toBe(12);
        expect(taken.origins).toEqual(new Map([...origins('status/1', 5, 1), ...origins('status/2', 8, 3)]));
        const other = await mailbox.take(1);
        expect([other.through, other.origins.size]).toEqual([0, 0]);
      });

      test('P10: an old owner commits nothing once the lane was taken, and the new one goes on', async () => {
        await writer.commit([alice]);
        const next = await LaneWriter.start(fixture.otherNode, 0);
        await expect(writer.commit([alice, bob])).rejects.toMatchObject({ code: 'lane_taken', retryable: false });
        await expect(
          mailbox.commit(writer.hold, { through: 99, events: [], origins: new Map() }),
        ).rejects.toMatchObject({
          code: 'lane_taken',
        });
        expect(await mailbox.bounds(wholeTenant)).toEqual({ oldest: 0, latest: 1 });
        expect(await next.commit([alice])).toEqual([{ seq: 2, place: 2 }]);
        expect((await mailbox.take(0)).through).toBe(next.through);
      });

      test('P10: owners that commit and take at once: what each was told stands, and nothing else', async () => {
        const told: NumberedRow[] = [];
        const owners = Array.from({ length: 4 }, async (_, n) => {
          const node = n % 2 === 0 ? mailbox : fixture.otherNode;
          for (let turn = 0; turn < 5; turn += 1) {
            const owner = await LaneWriter.start(node, 0);
            for (let batch = 0; batch < 3; batch += 1) {
              const rows = await owner.commit([alice, alice]).catch(lanetaken);
              if (rows === null) break;
              told.push(...rows);
            }
          }
        });
        await Promise.all(owners);
        const seqs = told.map(({ seq }) => seq).sort((left, right) => left - right);
        expect(seqs).toEqual(Array.from({ length: told.length }, (_, n) => n + 1));
        expect((await mailbox.bounds(alice)).latest).toBe(told.length);
      });

      test('F25: a commit whose answer was lost has taken place, and taking the lane again tells', async () => {
        await writer.commit([alice]);
        fixture.loseNextAnswer();
        await expect(writer.commit([alice, bob])).rejects.toMatchObject({ code: 'store_unavailable', retryable: true });
        const again = await mailbox.take(0);
        expect(again.through).toBe(writer.through);
        expect(again.origins.get('status/0')).toEqual({ source: 'status/0', position: 3, ordinal: 0 });
        expect((await eventsOf(mailbox, wholeTenant)).map(({ place }) => place)).toEqual([1, 2, 3]);
      });
    });

    describe('reading', () => {
      test('a filter leaves holes and the place still advances (I24)', async () => {
        for (let round = 0; round < 3; round += 1) {
          await writer.commitRecords([
            eventOf(alice, { type: 'transaction.pending' }),
            eventOf(alice, { type: 'transaction.pending' }),
            eventOf(alice, { type: 'transaction.confirmed', transactionId: `tx_of_${round}` }),
            eventOf(alice, { chain: 'eip155:137' }),
          ]);
        }
        const page = (after: number, limit: number, filter: EventFilter) =>
          pageOf(mailbox, alice, after, limit, filter);
        expect(await page(0, 2, { types: ['transaction.confirmed'] })).toEqual([[3, 7], 7, true]);
        expect(await page(7, 2, { types: ['transaction.confirmed'] })).toEqual([[11], 12, false]);
        expect(await page(0, 9, { types: ['transaction.confirmed', 'transaction.pending'] })).toEqual([
          [1, 2, 3, 5, 6, 7, 9, 10, 11],
          11,
          true,
        ]);
        expect(await page(0, 9, { transaction: 'tx_of_1' })).toEqual([[7], 12, false]);
        expect(await page(0, 9, { chain: 'eip155:137' })).toEqual([[4, 8, 12], 12, false]);
        expect(await page(0, 9, { chain: 'eip155:137', types: ['transaction.pending'] })).toEqual([[], 12, false]);
        expect(await page(0, 9, { types: [] })).toEqual([[], 12, false]);
        expect(await page(12, 9, {})).toEqual([[], 12, false]);
        expect(await page(40, 9, {})).toEqual([[], 40, false]);
      });

      test('a filter that matches nothing looks at so many events a page and no more (I17)', async () => {
        await writer.commit(Array.from({ length: 2_500 }, () => alice));
        for (const scope of [alice, wholeTenant]) {
          expect(await pageOf(mailbox, scope, 0, 1, { types: ['ping'] })).toEqual([[], 2_000, true]);
          expect(await pageOf(mailbox, scope, 2_000, 1, { types: ['ping'] })).toEqual([[], 2_500, false]);
        }
      });

      test('a whole tenant is read over all lanes, and no place is passed over while many commit at once', async () => {
        const batches = 30;
        const lanes = await Promise.all(
          [1, 2, 3].map((lane) => LaneWriter.start(lane % 2 === 0 ? mailbox : fixture.otherNode, lane)),
        );
        let isWriting = true;
        const writing = Promise.all(
          lanes.map(async (lane) => {
            const own = { tenant: 'one', subscriber: `of lane ${lane.hold.lane}` };
            for (let batch = 0; batch < batches; batch += 1) await lane.commit([own, stranger, own]);
          }),
        ).finally(() => {
          isWriting = false;
        });
        const places: number[] = [];
        for (let through = 0; ; ) {
          const wasWriting = isWriting;
          const page = await pageOf(fixture.otherNode, wholeTenant, through, 7, {});
          if (typeof page === 'string') throw new Error(page);
          places.push(...page[0]);
          through = page[1];
          if (!page[2] && !wasWriting) break;
        }
        await writing;
        expect(places).toEqual(Array.from({ length: batches * 3 * 2 }, (_, n) => n + 1));
      });

      test('the newest places of many scopes at once, in the order asked, are those of their bounds', async () => {
        const subscribers = Array.from({ length: 998 }, (_, n) => `s${n}`);
        const scopes = subscribers.map((subscriber) => ({ tenant: 'one', subscriber }));
        await writer.commit([alice, ...scopes, alice, stranger]);
        expect(await mailbox.latest('one', [])).toEqual([]);
        expect(await mailbox.latest('one', ['alice', null, 'nobody', 's7', 'alice'])).toEqual([2, 1_000, 0, 1, 2]);
        expect(await fixture.otherNode.latest('one', [...subscribers.toReversed(), null, 'alice'])).toEqual([
          ...subscribers.map(() => 1),
          1_000,
          2,
        ]);
        expect(await mailbox.latest('two', ['alice', null, 's7'])).toEqual([1, 1, 0]);
        expect(await mailbox.latest('three', [null, 'alice'])).toEqual([0, 0]);
        clock.nowMs += 11 * hourMs;
        await retain(0.5, 10);
        expect(await mailbox.latest('one', ['alice', null])).toEqual([2, 1_000]);
      });

      test('S01: nobody reads, counts or acknowledges what is of another tenant', async () => {
        await writer.commitRecords([eventOf(alice, { transactionId: 'tx_a' })]);
        expect(await mailbox.bounds(stranger)).toEqual({ oldest: 0, latest: 0 });
        expect(await eventsOf(mailbox, stranger)).toEqual([]);
        expect(await eventsOf(mailbox, { tenant: 'two', subscriber: null })).toEqual([]);
        expect(await mailbox.history('two', 'tx_a', 0, 10)).toEqual({ events: [], next: null });
        expect(await mailbox.acknowledge(stranger, 'app', 1)).toBe('beyond_sent');
        await mailbox.acknowledge(alice, 'app', 1);
        expect(await mailbox.acknowledged(stranger, 'app')).toBeNull();
      });

      test('the history of one transaction, across subscribers, page by page', async () => {
        await writer.commitRecords([
          eventOf(alice, { transactionId: 'tx_a' }),
          eventOf(alice, { transactionId: 'tx_b' }),
          eventOf(alice, { transactionId: 'tx_a' }),
          eventOf(bob, { transactionId: 'tx_a' }),
        ]);
        const first = await mailbox.history('one', 'tx_a', 0, 2);
        expect([first.events.map(({ place }) => place), first.next]).toEqual([[1, 3], 3]);
        const rest = await mailbox.history('one', 'tx_a', 3, 2);
        expect([rest.events.map(({ place }) => place), rest.next]).toEqual([[4], null]);
        expect(await mailbox.history('one', 'tx_none', 0, 2)).toEqual({ events: [], next: null });
      });
    });

    describe('acknowledgements', () => {
      test('P14: the highest counts, and one beyond what is numbered is refused and changes nothing', async () => {
        await writer.commit([alice, bob, alice, alice]);
        expect(await mailbox.acknowledged(alice, 'app')).toBeNull();
        expect(await mailbox.acknowledge(alice, 'app', 4)).toBe('beyond_sent');
        expect(await mailbox.acknowledged(alice, 'app')).toBeNull();
        expect(await mailbox.acknowledge(alice, 'app', 2)).toBe(2);
        expect(await fixture.otherNode.acknowledge(alice, 'app', 1)).toBe(0);
        expect(await mailbox.acknowledged(alice, 'app')).toBe(2);
        expect(await mailbox.acknowledge(alice, 'app', 4)).toBe('beyond_sent');
        expect(await mailbox.acknowledge(alice, 'app', 3)).toBe(1);
        expect(await fixture.otherNode.acknowledged(alice, 'app')).toBe(3);
      });

      test('consumers stand apart, and those of a whole tenant from those of any subscriber', async () => {
        await writer.commit([alice, bob, bob]);
        await mailbox.acknowledge(alice, 'app', 1);
        await mailbox.acknowledge(wholeTenant, 'app', 3);
        expect(await mailbox.acknowledge(wholeTenant, 'app', 4)).toBe('beyond_sent');
        expect(await mailbox.acknowledge(alice, 'zero', 0)).toBe(0);
        const acknowledged = await Promise.all([
          mailbox.acknowledged(alice, 'app'),
          mailbox.acknowledged(bob, 'app'),
          mailbox.acknowledged(wholeTenant, 'app'),
          mailbox.acknowledged(alice, 'other'),
          mailbox.acknowledged(alice, 'zero'),
        ]);
        expect(acknowledged).toEqual([1, null, 3, null, 0]);
      });

      test('the highest of many that come at once', async () => {
        await writer.commit(Array.from({ length: 40 }, () => alice));
        const order = Array.from({ length: 40 }, (_, n) => ((n * 17) % 40) + 1);
        await Promise.all(order.map((place) => mailbox.acknowledge(alice, 'app', place)));
        expect(await mailbox.acknowledged(alice, 'app')).toBe(40);
      });
    });

    describe('retention', () => {
      test('what is young is kept, and what is older goes once nobody known waits for it; numbers go on', async () => {
        await writer.commit([alice, alice, alice]);
        clock.nowMs += hourMs;
        await writer.commit([bob, alice]);
        expect(await retain(2, 10)).toEqual({ removed: 0, expired: [] });
        expect(await retain(0.5, 10)).toEqual({ removed: 3, expired: [] });
        expect(await pageOf(mailbox, alice, 0)).toBe('too old, from 3');
        expect(await pageOf(mailbox, alice, 3)).toEqual([[4], 4, false]);
        expect(await mailbox.bounds(alice)).toEqual({ oldest: 3, latest: 4 });
        expect(await mailbox.bounds(bob)).toEqual({ oldest: 0, latest: 1 });
        clock.nowMs += hourMs;
        expect(await retain(0.5, 10)).toEqual({ removed: 2, expired: [] });
        expect(await mailbox.bounds(alice)).toEqual({ oldest: 4, latest: 4 });
        expect(await writer.commit([alice])).toEqual([{ seq: 5, place: 6 }]);
      });

      test('a known consumer holds back what it has not acknowledged, one of the whole tenant in every stream', async () => {
        await writer.commit([alice, bob, alice, bob, alice]);
        clock.nowMs += hourMs;
        await mailbox.acknowledge(alice, 'fast', 3);
        await mailbox.acknowledge(alice, 'slow', 1);
        await mailbox.acknowledge(wholeTenant, 'audit', 4);
        expect(await retain(0.5, 10)).toEqual({ removed: 3, expired: [] });
        expect([await mailbox.bounds(alice), await mailbox.bounds(bob)]).toEqual([
          { oldest: 1, latest: 3 },
          { oldest: 2, latest: 2 },
        ]);
        await mailbox.acknowledge(alice, 'slow', 3);
        expect((await retain(0.5, 10)).removed).toBe(1);
        await mailbox.acknowledge(wholeTenant, 'audit', 5);
        expect((await retain(0.5, 10)).removed).toBe(1);
      });

      test('at the end it goes unacknowledged, and is told: neither silently lost nor kept for ever (I03)', async () => {
        await writer.commit([alice, bob, alice, stranger, alice]);
        await mailbox.acknowledge(alice, 'gone', 1);
        clock.nowMs += 11 * hourMs;
        await writer.commit([alice]);
        expect(await retain(0.5, 10)).toEqual({
          removed: 5,
          expired: [{ tenant: 'one', subscriber: 'alice', fromSeq: 2, throughSeq: 3 }],
        });
        expect(await retain(0.5, 10)).toEqual({ removed: 0, expired: [] });
      });

      test('a whole tenant sees the gap as soon as one of its subscribers has one, and the rest stays readable', async () => {
        await writer.commit([alice, bob, alice, bob]);
        clock.nowMs += hourMs;
        await mailbox.acknowledge(bob, 'slow', 1);
        await retain(0.5, 10);
        expect(await mailbox.bounds(wholeTenant)).toEqual({ oldest: 3, latest: 4 });
        expect(await pageOf(mailbox, wholeTenant, 2)).toBe('too old, from 3');
        expect(await pageOf(mailbox, wholeTenant, 3)).toEqual([[4], 4, false]);
        expect(await pageOf(mailbox, bob, 1)).toEqual([[2], 2, false]);
      });

      test('what left the mailbox stays in the history, in its place, and goes from there alone', async () => {
        const ofOne = (scope: EventScope) => eventOf(scope, { transactionId: 'tx_a' });
        await writer.commitRecords([ofOne(alice), ofOne(bob), ofOne(alice)]);
        const before = await mailbox.history('one', 'tx_a', 0, 10);
        clock.nowMs += hourMs;
        await mailbox.acknowledge(bob, 'slow', 0);
        await writer.commitRecords([ofOne(alice)]);
        expect((await retain(0.5, 10)).removed).toBe(2);
        const after = await fixture.otherNode.history('one', 'tx_a', 0, 10);
        expect(after.events.slice(0, 3)).toEqual(before.events);
        expect(after.events.map(({ place }) => place)).toEqual([1, 2, 3, 4]);
        const page = await mailbox.history('one', 'tx_a', 1, 2);
        expect([page.events.map(({ place }) => place), page.next]).toEqual([[2, 3], 3]);
        expect(await mailbox.history('two', 'tx_a', 0, 10)).toEqual({ events: [], next: null });

        await mailbox.retainHistory(clock.nowMs, 2 * hourMs);
        expect((await mailbox.history('one', 'tx_a', 0, 10)).events).toHaveLength(4);
        clock.nowMs += historyStretchMs + 2 * hourMs;
        await mailbox.retainHistory(clock.nowMs, 2 * hourMs);
        const left = await mailbox.history('one', 'tx_a', 0, 10);
        expect(left.events.map(({ place }) => place)).toEqual([2, 4]);
      });

      test('many streams and many events go piece by piece, and a commit goes on meanwhile', async () => {
        for (let part = 0; part < 5; part += 1) {
          const events = Array.from({ length: 600 }, (_, n) => ({ tenant: 'one', subscriber: `s${n}` }));
          await writer.commit([...events, ...Array.from({ length: 1_000 }, () => alice)]);
        }
        clock.nowMs += hourMs;
        const [retained] = await Promise.all([retain(0.5, 10), writer.commit([bob])]);
        expect(retained).toEqual({ removed: 8_000, expired: [] });
        expect(await mailbox.bounds(alice)).toEqual({ oldest: 5_000, latest: 5_000 });
        expect(await mailbox.bounds({ tenant: 'one', subscriber: 's599' })).toEqual({ oldest: 5, latest: 5 });
        expect(await eventsOf(mailbox, bob)).toHaveLength(1);
      }, 60_000);
    });
  });
}

/** Writes to one lane as its owner does: position and origins go with the events. */
class LaneWriter {
  readonly hold: LaneHold;
  through: number;
  readonly #mailbox: Mailbox;

  private constructor(mailbox: Mailbox, hold: LaneHold) {
    this.#mailbox = mailbox;
    this.hold = hold;
    this.through = hold.through;
  }

  static async start(mailbox: Mailbox, lane: number): Promise<LaneWriter> {
    return new LaneWriter(mailbox, await mailbox.take(lane));
  }

  commit(scopes: readonly EventScope[]): Promise<readonly NumberedRow[]> {
    return this.commitRecords(scopes.map((scope) => eventOf(scope)));
  }

  async commitRecords(events: readonly EventRecord[]): Promise<readonly NumberedRow[]> {
    this.through += events.length;
    const source = `status/${this.hold.lane}`;
    return this.#mailbox.commit(this.hold, {
      through: this.through,
      events,
      origins: origins(source, this.through, 0),
    });
  }
}

function lanetaken(error: unknown): null {
  expect(error).toMatchObject({ code: 'lane_taken' });
  return null;
}

function origins(source: string, position: number, ordinal: number): ReadonlyMap<string, Origin> {
  return new Map([[source, { source, position, ordinal }]]);
}

interface GivenEvent extends Partial<Pick<EventRecord, 'id' | 'type' | 'transactionId' | 'evidence'>> {
  readonly chain?: string;
}

function eventOf({ tenant, subscriber }: EventScope, { chain, ...given }: GivenEvent = {}): EventRecord {
  const record = eventRecord({ tenant, subscriber: subscriber ?? '', ...given });
  return { ...record, ...given, transaction: { ...record.transaction, chain: chain ?? record.transaction.chain } };
}

async function eventsOf(mailbox: Mailbox, scope: EventScope): Promise<readonly ReadEvent[]> {
  const page = await mailbox.read(scope, 0, 500, {});
  if (page.kind === 'too_old') throw new Error(`too old, from ${page.oldest}`);
  return page.events;
}

async function pageOf(
  mailbox: Mailbox,
  scope: EventScope,
  after: number,
  limit = 100,
  filter: EventFilter = {},
): Promise<string | readonly [places: readonly number[], through: number, hasMore: boolean]> {
  const page: EventPage = await mailbox.read(scope, after, limit, filter);
  if (page.kind === 'too_old') return `too old, from ${page.oldest}`;
  return [page.events.map(({ place }) => place), page.through, page.hasMore];
}
