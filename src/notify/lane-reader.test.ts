import { describe, expect, test } from 'vitest';
import { alice, bob, DeliveryRig, wholeTenant, watchReads } from '../../test/harness/delivery-rig.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { MemoryHistory } from '../adapters/memory/memory-history.ts';
import type { EventRecord } from '../core/records/event-record.ts';
import type { HistoryPage, ReadEvent } from '../ports/event-reader.ts';
import type { RetentionOptions } from './retention.ts';

const hourMs = 3_600_000;
const retention: RetentionOptions = { minAgeMs: 2 * hourMs, maxAgeMs: 10 * hourMs };
const other = { tenant: 'other', subscriber: 'alice' };

/** Lets hours pass and gives up what may go. */
function pass(rig: DeliveryRig, hours: number): void {
  rig.clock.nowMs += hours * hourMs;
  rig.lanes.retain(rig.clock.nowMs, retention, Number.POSITIVE_INFINITY);
}

async function jsonOf(rig: DeliveryRig, after = 0): Promise<readonly string[]> {
  const page = await rig.reader.read(alice, after, 500, {});
  if (page.kind === 'too_old') throw new Error('too old');
  return page.events.map(({ json }: ReadEvent) => json);
}

describe('pages', () => {
  test('a subscriber reads by seq, a whole tenant by log position; each page goes on where the last ended (I24)', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(3, { subscriber: 'alice' });
    await rig.tell(2, { subscriber: 'bob' });
    await rig.tell(1, { subscriber: 'alice' });
    expect(await rig.page(alice, 0, 3)).toEqual([[1, 2, 3], 3, true]);
    expect(await rig.page(alice, 3, 3)).toEqual([[4], 4, false]);
    expect(await rig.page(alice, 4, 3)).toEqual([[], 4, false]);
    expect(await rig.page(bob, 0, 2)).toEqual([[1, 2], 2, false]);
    const first = await rig.page(wholeTenant, 0, 4);
    const through = first[1] as number;
    expect(first).toEqual([expect.arrayContaining([through]), through, true]);
    const rest = await rig.page(wholeTenant, through, 4);
    expect([...(first[0] as readonly number[]), ...(rest[0] as readonly number[])]).toEqual([
      ...rig.lanes.feed('default').positions.toArray(),
    ]);
    expect(rest[2]).toBe(false);
    expect(rig.reader.bounds(alice)).toEqual({ oldest: 0, latest: 4 });
    expect(rig.reader.bounds({ tenant: 'default', subscriber: 'nobody' })).toEqual({ oldest: 0, latest: 0 });
  });

  test('a filter leaves holes and the cursor still advances; the last page says that there is no more', async () => {
    const rig = await DeliveryRig.start();
    for (let round = 0; round < 3; round += 1) {
      await rig.tell(2, { subscriber: 'alice', type: 'transaction.pending' });
      await rig.tell(1, { subscriber: 'alice', type: 'transaction.confirmed', transactionId: `tx_of_${round}` });
      await rig.tell(1, { subscriber: 'alice', type: 'transaction.included', chain: 'eip155:137' });
    }
    expect(await rig.page(alice, 0, 2, { types: ['transaction.confirmed'] })).toEqual([[3, 7], 7, true]);
    expect(await rig.page(alice, 7, 2, { types: ['transaction.confirmed'] })).toEqual([[11], 12, false]);
    expect(await rig.page(alice, 0, 9, { transaction: 'tx_of_1' })).toEqual([[7], 12, false]);
    expect(await rig.page(alice, 0, 9, { chain: 'eip155:137' })).toEqual([[4, 8, 12], 12, false]);
    expect(await rig.page(alice, 0, 9, { chain: 'eip155:137', types: ['transaction.pending'] })).toEqual([
      [],
      12,
      false,
    ]);
  });

  test('a filter that matches nothing looks at so many events a page and no more, in few reads of the log (I17)', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 1 });
    for (let part = 0; part < 5; part += 1) await rig.tell(500, { subscriber: 'alice' });
    const reads = watchReads(rig.log);
    const page = await rig.page(alice, 0, 1, { types: ['ping'] });
    expect(page[0]).toEqual([]);
    expect(page[1]).toBeGreaterThanOrEqual(2_000);
    expect(page[1]).toBeLessThan(2_500);
    expect(page[2]).toBe(true);
    expect(reads.count).toBeLessThan(10);
    expect(await rig.page(alice, page[1] as number, 1, { types: ['ping'] })).toEqual([[], 2_500, false]);
  });

  test('what is numbered while a page is being read is told as more', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 1 });
    await rig.tell(2, { subscriber: 'alice' });
    const reads = watchReads(rig.log);
    const { promise, resolve } = Promise.withResolvers<void>();
    reads.hold = promise;
    const reading = rig.page(alice, 0, 2);
    await rig.tell(1, { subscriber: 'alice' });
    resolve();
    expect(await reading).toEqual([[1, 2], 2, true]);
  });
});

describe('the tail and the log', () => {
  test('I04: an event is byte-equal from the tail, from the log and after a restart', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 2 });
    await rig.tell(5, { subscriber: 'alice' });
    const reads = watchReads(rig.log);
    const json = await jsonOf(rig);
    expect(reads.positions).toBe(3);
    expect(json.map((text) => (JSON.parse(text) as { seq: number }).seq)).toEqual([1, 2, 3, 4, 5]);
    expect(await jsonOf(await rig.restart())).toEqual(json);
    const wholeTail = await DeliveryRig.start({ log: rig.log, clock: rig.clock });
    expect(await jsonOf(wholeTail)).toEqual(json);
  });

  test('one who reads from long ago does not push the newest events out of the tail', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 10 });
    await rig.tell(100, { subscriber: 'alice' });
    await rig.page(alice, 0, 100);
    const reads = watchReads(rig.log);
    expect(await rig.page(alice, 90, 100)).toEqual([[91, 92, 93, 94, 95, 96, 97, 98, 99, 100], 100, false]);
    expect(reads.count).toBe(0);
  });
});

describe('what was given up', () => {
  test('too old, with the place from which everything is still there; numbers go on', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(3, { subscriber: 'alice' });
    rig.clock.nowMs += hourMs;
    await rig.tell(2, { subscriber: 'alice' });
    pass(rig, 1.5);
    expect(await rig.page(alice, 0)).toBe('too old, from 3');
    expect(await rig.page(alice, 3)).toEqual([[4, 5], 5, false]);
    const { oldest } = rig.reader.bounds(wholeTenant);
    expect(await rig.page(wholeTenant, oldest - 1)).toBe(`too old, from ${oldest}`);
    expect((await rig.page(wholeTenant, oldest))[0]).toHaveLength(2);
    pass(rig, 5);
    expect(rig.reader.bounds(alice)).toEqual({ oldest: 5, latest: 5 });
    await rig.tell(1, { subscriber: 'alice' });
    expect(await rig.page(alice, 5)).toEqual([[6], 6, false]);
  });

  test('what leaves while it is being read is too old, not an error', async () => {
    for (const isLogTrimmed of [false, true]) {
      const rig = await DeliveryRig.start({ tailEvents: 1 });
      await rig.tell(3, { subscriber: 'alice', transactionId: 'tx_old' });
      rig.clock.nowMs += hourMs;
      await rig.tell(2, { subscriber: 'alice', transactionId: 'tx_old' });
      const reads = watchReads(rig.log);
      const { promise, resolve } = Promise.withResolvers<void>();
      reads.hold = promise;
      const reading = [rig.page(alice, 0), rig.page(wholeTenant, 0)];
      const history = rig.reader.history('default', 'tx_old', 0, 10);
      pass(rig, 1.5);
      if (isLogTrimmed) await rig.log.trim(4);
      resolve();
      expect(await Promise.all(reading)).toEqual([
        'too old, from 3',
        `too old, from ${rig.reader.bounds(wholeTenant).oldest}`,
      ]);
      expect((await history).events).toHaveLength(2);
    }
  });

  test('a log that lost a kept event says so: it is never taken for too old', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 1 });
    await rig.tell(3, { subscriber: 'alice' });
    await rig.log.trim(3);
    await expect(rig.page(alice, 0)).rejects.toMatchObject({ code: 'record_missing' });
    rig.lanes.dropLost(rig.log.start);
    expect(await rig.page(alice, 0)).toBe('too old, from 2');
    expect(await rig.page(alice, 2)).toEqual([[3], 3, false]);
  });
});

describe('acknowledgements', () => {
  test('beyond what was sent is refused and changes nothing; below what stands is fine and changes nothing', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(3, { subscriber: 'alice' });
    const { reader } = rig;
    expect(reader.acknowledged(alice, 'app')).toBeNull();
    expect(await reader.acknowledge(alice, 'app', 1)).toBe('beyond_sent');
    await reader.read(alice, 0, 2, {});
    expect(await reader.acknowledge(alice, 'app', 3)).toBe('beyond_sent');
    expect(await reader.acknowledge(alice, 'app', 4)).toBe('beyond_sent');
    expect(reader.acknowledged(alice, 'app')).toBeNull();
    expect(await reader.acknowledge(alice, 'app', 2)).toBe('acknowledged');
    const { end } = rig.log;
    expect(await reader.acknowledge(alice, 'app', 1)).toBe('acknowledged');
    expect(rig.log.end).toBe(end);
    expect(reader.acknowledged(alice, 'app')).toBe(2);
    expect(reader.acknowledged(alice, 'another')).toBeNull();
    expect(reader.acknowledged(wholeTenant, 'app')).toBeNull();
  });

  test('a whole tenant acknowledges by position, apart from its subscribers, and finds it after a restart (F32)', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(2, { subscriber: 'alice' });
    await rig.tell(2, { subscriber: 'bob' });
    const { latest } = rig.reader.bounds(wholeTenant);
    expect(await rig.reader.acknowledge(wholeTenant, 'audit', latest)).toBe('beyond_sent');
    await rig.page(wholeTenant, 0);
    expect(await rig.reader.acknowledge(wholeTenant, 'audit', latest + 1)).toBe('beyond_sent');
    expect(await rig.reader.acknowledge(wholeTenant, 'audit', latest)).toBe('acknowledged');
    expect(rig.metrics.values.get('txtrail_events_acknowledged_total')).toBe(4);
    const restarted = await rig.restart();
    expect(restarted.reader.acknowledged(wholeTenant, 'audit')).toBe(latest);
    expect(restarted.reader.acknowledged(alice, 'audit')).toBeNull();
  });

  test('what a process before this one may have sent can be acknowledged after a restart', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(3, { subscriber: 'alice' });
    const restarted = await rig.restart();
    await restarted.tell(1, { subscriber: 'alice', position: 99 });
    expect(await restarted.reader.acknowledge(alice, 'app', 4)).toBe('beyond_sent');
    expect(await restarted.reader.acknowledge(alice, 'app', 3)).toBe('acknowledged');
  });

  test('a log that refuses more says so, and nothing stays waiting (I17)', async () => {
    const rig = await DeliveryRig.start();
    await rig.tell(1, { subscriber: 'alice' });
    rig.log.fail(new Error('the disk is gone'));
    await expect(rig.acknowledge(alice, 'app', 1)).rejects.toMatchObject({ code: 'log_failed' });
    expect(rig.reader.acknowledged(alice, 'app')).toBeNull();
  });
});

describe('the history of a transaction', () => {
  test('its events, oldest first, in pages that join without gap or repeat', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 2 });
    for (let round = 0; round < 5; round += 1) {
      await rig.tell(1, { subscriber: 'alice', transactionId: 'tx_ours' });
      await rig.tell(1, { subscriber: 'alice' });
    }
    const seen: number[] = [];
    let after: number | null = 0;
    let pages = 0;
    while (after !== null) {
      const page: Awaited<ReturnType<typeof rig.reader.history>> = await rig.reader.history(
        'default',
        'tx_ours',
        after,
        2,
      );
      seen.push(...page.events.map(({ json }) => (JSON.parse(json) as { seq: number }).seq));
      after = page.next;
      pages += 1;
    }
    expect([seen, pages]).toEqual([[1, 3, 5, 7, 9], 3]);
    expect(await rig.reader.history('default', 'tx_unknown', 0, 10)).toEqual({ events: [], next: null });
  });

  test('right after events were given up it shows what is left', async () => {
    const rig = await DeliveryRig.start({ tailEvents: 1 });
    await rig.tell(2, { subscriber: 'alice', transactionId: 'tx_ours' });
    rig.clock.nowMs += hourMs;
    await rig.tell(1, { subscriber: 'alice', transactionId: 'tx_ours' });
    pass(rig, 1.5);
    expect((await rig.reader.history('default', 'tx_ours', 0, 10)).events).toHaveLength(1);
    pass(rig, 5);
    expect(await rig.reader.history('default', 'tx_ours', 0, 10)).toEqual({ events: [], next: null });
  });
});

describe('the history over an archive', () => {
  async function archived(archivedCount: number, keptCount: number) {
    const archive = new MemoryHistory();
    const rig = await DeliveryRig.start({ archive, tailEvents: 1 });
    await rig.tell(archivedCount, { subscriber: 'alice', transactionId: 'tx_ours' });
    const take = async (): Promise<void> => {
      const through = rig.log.end;
      const positions = rig.lanes.positionsBetween(archive.through, through);
      const entries = (await rig.log.readAt(positions)).map(({ position, payload }) => {
        const record = JSON.parse(payload) as EventRecord;
        const seq = rig.lanes.stream(record.tenant, record.subscriber)?.seqAt(position) ?? 0;
        return { place: position, seq, numberedMs: 0, record };
      });
      await archive.archive(entries, through);
    };
    await take();
    await rig.tell(keptCount, { subscriber: 'alice', transactionId: 'tx_ours' });
    const giveUp = (): void => {
      rig.clock.nowMs += 20 * hourMs;
      rig.lanes.retain(rig.clock.nowMs, retention, archive.through);
    };
    return { rig, archive, take, giveUp };
  }

  async function pagesOf(rig: DeliveryRig, limit: number): Promise<readonly (readonly number[])[]> {
    const pages: number[][] = [];
    let after: number | null = 0;
    while (after !== null) {
      const page: HistoryPage = await rig.reader.history('default', 'tx_ours', after, limit);
      pages.push(page.events.map(({ json }) => (JSON.parse(json) as { seq: number }).seq));
      after = page.next;
    }
    return pages;
  }

  test.each([false, true])(
    'goes on in the log where the archive ends, in pages of any size (given up: %s)',
    async (isGivenUp) => {
      const { rig, giveUp } = await archived(3, 3);
      if (isGivenUp) giveUp();
      expect(rig.reader.bounds(alice).oldest).toBe(isGivenUp ? 3 : 0);
      expect(await pagesOf(rig, 2)).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      expect(await pagesOf(rig, 3)).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(await pagesOf(rig, 4)).toEqual([
        [1, 2, 3, 4],
        [5, 6],
      ]);
      expect(await pagesOf(rig, 6)).toEqual([[1, 2, 3, 4, 5, 6]]);
      expect(await rig.reader.history('other', 'tx_ours', 0, 2)).toEqual({ events: [], next: null });
    },
  );

  test('retention goes no further than the archive does', async () => {
    const { rig, giveUp } = await archived(2, 2);
    giveUp();
    giveUp();
    expect(rig.reader.bounds(alice)).toEqual({ oldest: 2, latest: 4 });
  });

  test('what is archived and given up in the middle of a read is neither missing nor twice', async () => {
    const { rig, archive, take, giveUp } = await archived(2, 2);
    const reads = watchReads(rig.log);
    const held = Promise.withResolvers<void>();
    reads.hold = held.promise;
    const reading = pagesOf(rig, 10);
    await waitUntil(() => reads.count === 1, { what: 'the read of the log', everyMs: 1 });
    reads.hold = null;
    await take();
    giveUp();
    await rig.log.trim(archive.through);
    held.resolve();
    expect(await reading).toEqual([[1, 2, 3, 4]]);
    expect(rig.reader.bounds(alice)).toEqual({ oldest: 4, latest: 4 });
  });
});

test('S01, I11: another tenant reads, counts and infers nothing, whatever it asks for', async () => {
  const rig = await DeliveryRig.start();
  await rig.tell(5, { subscriber: 'alice', transactionId: 'tx_ours' });
  await rig.acknowledge(alice, 'app', 3);
  expect(rig.reader.bounds(other)).toEqual({ oldest: 0, latest: 0 });
  expect(rig.reader.bounds({ tenant: 'other', subscriber: null })).toEqual({ oldest: 0, latest: 0 });
  expect(await rig.page(other, 0)).toEqual([[], 0, false]);
  expect(await rig.page({ tenant: 'other', subscriber: null }, 0)).toEqual([[], 0, false]);
  // Neither the events nor that there would be a next page.
  expect(await rig.reader.history('other', 'tx_ours', 0, 2)).toEqual({ events: [], next: null });
  expect(rig.reader.acknowledged(other, 'app')).toBeNull();
  expect(await rig.reader.acknowledge(other, 'app', 1)).toBe('beyond_sent');
  let rings = 0;
  rig.reader.watch(other, () => (rings += 1));
  rig.reader.watch({ tenant: 'other', subscriber: null }, () => (rings += 1));
  await rig.tell(1, { subscriber: 'alice' });
  expect(rings).toBe(0);
});
