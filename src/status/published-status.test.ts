import { describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger } from '../../test/harness/recording-ports.ts';
import { defaultOptions } from '../../test/harness/status-rig.ts';
import { trackedAt } from '../../test/harness/tracked.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { type AppendFate, MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { MemoryReadModel } from '../adapters/memory/memory-read-model.ts';
import { MemoryStatusCache } from '../adapters/memory/memory-status-cache.ts';
import type { RegistrationRecord } from '../core/records/registration-record.ts';
import type { ReplyRecord } from '../core/records/reply-record.ts';
import { laneOf } from '../core/records/stream.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import { TxTrailError } from '../lib/error.ts';
import type { ReadModel, ReadRow } from '../ports/read-model.ts';
import { statusCacheTtlMs } from '../ports/status-cache.ts';
import { maxAwaitedWords, maxWaitingReplies, PublishedStatus } from './published-status.ts';

const replyLanes = 8;

/** A read model that the test takes away, over one that keeps. */
class AwayReadModel implements ReadModel {
  isAway = false;
  readonly puts: (readonly ReadRow[])[] = [];
  readonly #kept = new MemoryReadModel();

  async put(rows: readonly ReadRow[]): Promise<void> {
    if (this.isAway) throw new TxTrailError('store_unavailable', 'away', { retryable: true });
    this.puts.push(rows);
    await this.#kept.put(rows);
  }

  find(tenant: string, ids: readonly string[]): Promise<readonly (string | null)[]> {
    return this.#kept.find(tenant, ids);
  }

  list(...given: Parameters<ReadModel['list']>): ReturnType<ReadModel['list']> {
    return this.#kept.list(...given);
  }
}

class PublishRig {
  readonly scheduler = new ManualScheduler();
  readonly logger = recordingLogger();
  readonly broker = new MemoryBroker();
  readonly readModel = new AwayReadModel();
  readonly cache = new MemoryStatusCache({ clock: manualClock() });
  published = this.owner();

  owner(): PublishedStatus {
    return new PublishedStatus({ unit: 3, replyLanes }, this);
  }

  async status(tracked: Tracked): Promise<string | null> {
    const [text] = await this.readModel.find('default', [tracked.id]);
    return text === null || text === undefined ? null : (JSON.parse(text) as Tracked).status;
  }

  async replies(gateway: string): Promise<readonly ReplyRecord[]> {
    const lane = laneOf(gateway, replyLanes);
    const { start, end } = await this.broker.bounds(`replies/${lane}`);
    const batches = await Array.fromAsync(this.broker.read(`replies/${lane}`, start, end));
    return batches.flat().map(({ value }) => JSON.parse(value ?? '') as ReplyRecord);
  }

  async pauses(): Promise<void> {
    await waitUntil(() => this.scheduler.nextDelayMs, { what: 'a pause before another try', everyMs: 2 });
  }
}

function registration(tracked: Tracked, change: Partial<RegistrationRecord> = {}): RegistrationRecord {
  const { tenant, subscriber, id, chain, hash } = tracked;
  const [given, details, claimed, raw] = [[], null, { from: null, nonce: null }, null];
  const key = { requestId: 'gateway-1', tenant, subscriber, id, chain, hash };
  return {
    kind: 'track',
    ...key,
    options: defaultOptions,
    given,
    details,
    claimed,
    raw,
    ...change,
  } as RegistrationRecord;
}

describe('what a status partition decided', () => {
  test('is in the read model and the cache before the gateway is answered', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    const seen: (string | null)[] = [];
    rig.broker.decideAppend = async (): Promise<AppendFate> => {
      seen.push(await rig.status(tracked), ...((await rig.cache.get('default', [tracked.id])) as string[]));
      return 'stored';
    };
    rig.published.changed(tracked, false);
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await rig.published.settled();
    await waitUntil(() => seen.length > 0, { what: 'the reply', everyMs: 2 });
    expect(seen).toEqual(['unknown', JSON.stringify(tracked)]);
    const outcome = { kind: 'created', id: tracked.id };
    expect(await rig.replies('gateway')).toEqual([{ kind: 'outcome', requestId: 'gateway-1', outcome }]);
  });

  test('is not answered while a cache that could not be told may still say what was before', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.cache.put = async () => false;
    rig.published.changed(tracked, false);
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await rig.pauses();
    expect(rig.scheduler.nextDelayMs).toBe(statusCacheTtlMs);
    expect(await rig.status(tracked)).toBe('unknown');
    expect(await rig.replies('gateway')).toEqual([]);
    await rig.scheduler.pass(statusCacheTtlMs);
    await waitUntil(async () => (await rig.replies('gateway')).length === 1, { what: 'the reply', everyMs: 2 });
  });

  test('waits for a read model that is away: nothing is answered meanwhile, and nothing is lost', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.readModel.isAway = true;
    rig.published.changed(tracked, false);
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await rig.pauses();
    // It goes on deciding; what changes again is written as it is by then.
    tracked.status = 'included';
    rig.published.changed(tracked, false);
    rig.published.publish(9);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await rig.scheduler.pass(5_000);
      await rig.pauses();
    }
    expect(await rig.replies('gateway')).toEqual([]);
    rig.readModel.isAway = false;
    await rig.scheduler.pass(5_000);
    await rig.published.settled();
    expect(await rig.status(tracked)).toBe('included');
    expect(rig.readModel.puts.map((rows) => rows.map(({ version }) => version))).toEqual([[7], [9]]);
    expect(await rig.replies('gateway')).toHaveLength(1);
    expect(rig.logger.lines).toHaveLength(1);
  });

  test('goes only forward: an owner that was followed cannot put an old row back', async () => {
    const rig = new PublishRig();
    const old = rig.owner();
    const before = trackedAt(7);
    const after = trackedAt(7, { status: 'included' });
    rig.readModel.isAway = true;
    old.changed(before, false);
    old.publish(7);
    await rig.pauses();
    rig.readModel.isAway = false;
    rig.published.changed(after, false);
    rig.published.publish(12);
    await rig.published.settled();
    await rig.scheduler.pass(5_000);
    await old.settled();
    expect(await rig.status(after)).toBe('included');
    expect(await rig.cache.get('default', [after.id])).toEqual([JSON.stringify(after)]);
  });

  test('that is not tracked any more is not found', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.published.changed(tracked, false);
    rig.published.publish(7);
    await rig.published.settled();
    rig.published.changed(tracked, true);
    rig.published.publish(8);
    await rig.published.settled();
    expect(await rig.status(tracked)).toBeNull();
    expect(await rig.cache.get('default', [tracked.id])).toEqual([null]);
  });
});

describe('a word on a raw transaction', () => {
  test('is told once, to the gateway that registered it, and to none that gave only a hash', async () => {
    const rig = new PublishRig();
    const [sent, named] = [trackedAt(1), trackedAt(2)];
    rig.published.decided(registration(sent, { raw: '0x00' }), { kind: 'created', id: sent.id });
    rig.published.decided(registration(named, { requestId: 'other-1' }), { kind: 'created', id: named.id });
    for (const { id } of [sent, sent, named]) rig.published.heard(id);
    rig.published.publish(2);
    await waitUntil(async () => (await rig.replies('gateway')).length === 2, { what: 'replies', everyMs: 2 });
    expect((await rig.replies('gateway'))[1]).toEqual({ kind: 'word', gateway: 'gateway', id: sent.id });
    expect((await rig.replies('other')).filter(({ kind }) => kind === 'word')).toEqual([]);
  });
});

describe('replies', () => {
  test('that cannot be stored are left, and what comes after them goes on', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.broker.decideAppend = () => 'refused';
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await waitUntil(() => rig.logger.lines.length > 0, { what: 'a warning', everyMs: 2 });
    rig.broker.decideAppend = () => 'stored';
    rig.published.decided(registration(tracked, { requestId: 'gateway-2' }), { kind: 'existing', id: tracked.id });
    rig.published.publish(8);
    await waitUntil(async () => (await rig.replies('gateway')).length > 0, { what: 'a reply', everyMs: 2 });
    expect(await rig.replies('gateway')).toMatchObject([{ requestId: 'gateway-2' }]);
  });

  test('to a record that nobody waits for are none', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.published.decided(registration(tracked, { requestId: null }), { kind: 'created', id: tracked.id });
    rig.published.changed(tracked, false);
    rig.published.publish(7);
    await rig.published.settled();
    expect(await rig.replies('')).toEqual([]);
  });
});

describe('what is decided while replies are on their way', () => {
  test('is told, at whatever moment of their end it comes', async () => {
    const untold: number[] = [];
    for (let turns = 0; turns < 24; turns += 1) {
      const rig = new PublishRig();
      const tracked = trackedAt(7);
      const stored = Promise.withResolvers<AppendFate>();
      rig.broker.decideAppend = () => stored.promise;
      rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
      rig.published.publish(7);
      stored.resolve('stored');
      for (let turn = 0; turn < turns; turn += 1) await null;
      rig.published.decided(registration(tracked, { requestId: 'gateway-2' }), { kind: 'existing', id: tracked.id });
      rig.published.publish(8);
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if ((await rig.replies('gateway')).length !== 2) untold.push(turns);
    }
    expect(untold).toEqual([]);
  });

  test('does not hold up a snapshot of what was decided before', async () => {
    const rig = new PublishRig();
    const put = rig.readModel.put.bind(rig.readModel);
    let writes = 0;
    rig.readModel.put = async (rows) => {
      await put(rows);
      writes += 1;
      // So much that there is always more, by the time that a write is through.
      if (writes < 50) {
        rig.published.changed(trackedAt(writes), false);
        rig.published.publish(writes);
      }
    };
    rig.published.changed(trackedAt(0), false);
    rig.published.publish(0);
    await rig.published.settled();
    expect(writes).toBeLessThan(50);
    expect(await rig.status(trackedAt(0))).toBe('unknown');
  });
});

describe('while the read model is away for long', () => {
  test('only the newest replies are kept: whoever waited for older ones has given up', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.readModel.isAway = true;
    rig.published.changed(tracked, false);
    rig.published.publish(7);
    await rig.pauses();
    for (let request = 1; request <= maxWaitingReplies + 1; request += 1) {
      const requestId = `gateway-${request}`;
      rig.published.decided(registration(tracked, { requestId }), { kind: 'existing', id: tracked.id });
    }
    rig.published.publish(8);
    rig.readModel.isAway = false;
    await rig.scheduler.pass(5_000);
    await waitUntil(async () => (await rig.replies('gateway')).length > 0, { what: 'replies', everyMs: 2 });
    const replies = await rig.replies('gateway');
    expect(replies.length).toBeLessThanOrEqual(maxWaitingReplies);
    expect(replies.at(-1)).toMatchObject({ requestId: `gateway-${maxWaitingReplies + 1}` });
  });

  test('a new raw transaction gets its word, however many others never got theirs', async () => {
    const rig = new PublishRig();
    for (let index = 0; index < maxAwaitedWords; index += 1) {
      const tracked = { ...trackedAt(1), id: `tx_${index}` };
      rig.published.decided(registration(tracked, { raw: '0x00' }), { kind: 'existing', id: tracked.id });
    }
    const tracked = trackedAt(2);
    rig.published.decided(registration(tracked, { raw: '0x00', requestId: 'other-1' }), {
      kind: 'created',
      id: tracked.id,
    });
    rig.published.heard(tracked.id);
    rig.published.publish(2);
    const isTold = async (): Promise<boolean> => (await rig.replies('other')).length === 2;
    await waitUntil(isTold, { what: 'the word', everyMs: 2, timeoutMs: 2_000 });
  });
});

describe('a partition that is given up', () => {
  test('tells what it decided before: nobody else would', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.readModel.isAway = true;
    rig.published.changed(tracked, false);
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await rig.pauses();
    rig.readModel.isAway = false;
    rig.published.decided(registration(tracked, { requestId: 'gateway-2' }), { kind: 'existing', id: tracked.id });
    rig.published.publish(8);
    await rig.published.close();
    expect(await rig.status(tracked)).toBe('unknown');
    expect(await rig.replies('gateway')).toMatchObject([{ requestId: 'gateway-1' }, { requestId: 'gateway-2' }]);
  });

  test('says nothing that a cache which could not be told may contradict', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.cache.put = async () => false;
    rig.published.changed(tracked, false);
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await rig.pauses();
    await rig.published.close();
    expect(await rig.replies('gateway')).toEqual([]);
  });

  test('while the read model is away, says no reply of what reads do not show', async () => {
    const rig = new PublishRig();
    const tracked = trackedAt(7);
    rig.readModel.isAway = true;
    rig.published.changed(tracked, false);
    rig.published.decided(registration(tracked), { kind: 'created', id: tracked.id });
    rig.published.publish(7);
    await rig.pauses();
    await rig.published.close();
    expect(rig.scheduler.nextDelayMs).toBeNull();
    expect(await rig.replies('gateway')).toEqual([]);
    expect(await rig.status(tracked)).toBeNull();
  });

  test('lets nobody take a snapshot of what was not written (P16)', async () => {
    const rig = new PublishRig();
    rig.readModel.isAway = true;
    rig.published.changed(trackedAt(7), false);
    rig.published.publish(7);
    await rig.pauses();
    const settled = rig.published.settled();
    const refused = expect(settled).rejects.toMatchObject({ code: 'log_closed' });
    await rig.published.close();
    await refused;
    await expect(rig.published.settled()).rejects.toMatchObject({ code: 'log_closed' });
  });
});
