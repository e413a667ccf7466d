import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf } from '../../test/harness/chain-script.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { inclusionAt, trackedAt } from '../../test/harness/tracked.ts';
import { MemoryReadModel } from '../adapters/memory/memory-read-model.ts';
import { MemoryStatusCache } from '../adapters/memory/memory-status-cache.ts';
import { ChainFeed } from '../core/chain/chain-feed.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import { claimedRecordValue, claimValue } from '../core/records/claimed-stream.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import { TxTrailError } from '../lib/error.ts';
import { RemoteStatus } from './remote-status.ts';

const chain = 'eip155:1';

class RemoteRig {
  readonly scheduler = new ManualScheduler();
  readonly readModel = new MemoryReadModel();
  readonly cache = new MemoryStatusCache({ clock: manualClock() });
  readonly feeds = new Map([[chain, new ChainFeed(chain)]]);
  readonly script = new ChainScript(chain);
  readonly status = new RemoteStatus(this);

  constructor() {
    this.feeds.get(chain)?.take(claimValue('one', 1));
    this.write(this.script.anchor());
  }

  write(...records: readonly ChainRecord[]): void {
    for (const record of records) {
      this.feeds.get(chain)?.take(claimedRecordValue({ writer: 'one', offset: 0 }, 5, JSON.stringify(record)));
    }
  }

  async put(tracked: Tracked, version: number, where: 'both' | 'store' | 'cache' = 'both'): Promise<void> {
    const { id, tenant, hash, subscriber, status } = tracked;
    const row = { id, tenant, chain: tracked.chain, hash, subscriber, status, version, text: JSON.stringify(tracked) };
    if (where !== 'cache') await this.readModel.put([row]);
    if (where !== 'store') await this.cache.put([row]);
  }
}

const created = { kind: 'created', id: 'tx_1' } as const;

describe('the outcome of a registration', () => {
  test('comes with the reply, once', async () => {
    const { status, scheduler } = new RemoteRig();
    const { outcome } = status.outcomeOf('gateway-1', 1);
    status.take({ kind: 'outcome', requestId: 'gateway-2', outcome: { kind: 'existing', id: 'tx_2' } });
    status.take({ kind: 'outcome', requestId: 'gateway-1', outcome: created });
    status.take({ kind: 'outcome', requestId: 'gateway-1', outcome: { kind: 'existing', id: 'tx_1' } });
    expect(await outcome).toEqual(created);
    expect(scheduler.nextDelayMs).toBeNull();
  });

  test('whose reply is lost is not_decided after its time, which may be asked again', async () => {
    const { status, scheduler } = new RemoteRig();
    const { outcome } = status.outcomeOf('gateway-1', 1);
    const other = status.outcomeOf('gateway-2', 2);
    let settled = false;
    void outcome.then(
      () => undefined,
      () => {
        settled = true;
      },
    );
    await scheduler.pass(14_999);
    expect(settled).toBe(false);
    status.take({ kind: 'outcome', requestId: 'gateway-2', outcome: created });
    await scheduler.pass(1);
    await expect(outcome).rejects.toMatchObject({
      code: 'not_decided',
      retryable: true,
      facts: { requestId: 'gateway-1', partition: 1 },
    });
    expect(await other.outcome).toEqual(created);
    expect(status.undecided).toEqual([1]);
    // A reply that comes now finds nobody.
    status.take({ kind: 'outcome', requestId: 'gateway-1', outcome: created });
    await expect(outcome).rejects.toBeInstanceOf(TxTrailError);
    const next = status.outcomeOf('gateway-3', 1);
    status.take({ kind: 'outcome', requestId: 'gateway-3', outcome: created });
    await next.outcome;
    expect(status.undecided).toEqual([]);
  });

  test('that was not written is waited for by nobody', async () => {
    const { status, scheduler } = new RemoteRig();
    status.outcomeOf('gateway-1', 1).cancel();
    expect(scheduler.nextDelayMs).toBeNull();
  });

  test('nobody hears of any more troubles nobody', async () => {
    const { status, scheduler } = new RemoteRig();
    status.outcomeOf('gateway-1', 1);
    // An unhandled rejection would fail the run.
    await scheduler.pass(60_000);
  });
});

test('the next word on a transaction comes with its reply, and to those who did not stop waiting', async () => {
  const { status } = new RemoteRig();
  const heard: string[] = [];
  const [first, second, gone] = [status.nextWordOn('tx_1'), status.nextWordOn('tx_1'), status.nextWordOn('tx_1')];
  void gone.word.then(() => heard.push('gone'));
  gone.cancel();
  status.take({ kind: 'word', gateway: 'gateway', id: 'tx_2' });
  status.take({ kind: 'word', gateway: 'gateway', id: 'tx_1' });
  await Promise.all([first.word, second.word]);
  expect(heard).toEqual([]);
});

describe('reads', () => {
  test('are answered by the cache where it knows, by the read model where not, in the order asked', async () => {
    const rig = new RemoteRig();
    const [stored, cached, gone] = [trackedAt(1), trackedAt(2), trackedAt(3)];
    await rig.put(stored, 1, 'store');
    await rig.put(cached, 1, 'cache');
    await rig.cache.put([{ id: gone.id, tenant: 'default', version: 9, text: null }]);
    await rig.put(gone, 1, 'store');
    const ids = [gone.id, stored.id, 'tx_nobody', cached.id, stored.id];
    const found = await rig.status.findAll('default', ids);
    expect(found.map((facts) => facts?.id ?? null)).toEqual([null, stored.id, null, cached.id, stored.id]);
    expect(await rig.status.find('default', stored.id)).toMatchObject({ id: stored.id, status: 'unknown' });
    expect(await rig.status.findAll('default', [])).toEqual([]);
  });

  test("never show another tenant's", async () => {
    const rig = new RemoteRig();
    await rig.put(trackedAt(1), 1);
    expect(await rig.status.find('other', 'tx_1')).toBeNull();
    expect((await rig.status.list('other', query({}))).facts).toEqual([]);
  });

  test('count confirmations as the chain stands here, and never fewer than one of what is included', async () => {
    const rig = new RemoteRig();
    const said = { included: true, executed: true, threshold: 0, confirmed: false, safe: false, finalized: false };
    await rig.put(trackedAt(1, { status: 'included', inclusion: inclusionAt(102, { said }) }), 4);
    // The partition's owner is ahead of what this node has read of the chain.
    expect(await rig.status.find('default', 'tx_1')).toMatchObject({ status: 'included', confirmations: 1 });
    rig.write(rig.script.block(), rig.script.block(), rig.script.block(), rig.script.settle(null, 102));
    expect(await rig.status.find('default', 'tx_1')).toMatchObject({ confirmations: 2, finality: 'safe' });
  });

  test('of a chain that is configured no more are answered by what is known', async () => {
    const rig = new RemoteRig();
    await rig.put(trackedAt(1, { chain: 'eip155:99' }), 1);
    expect(await rig.status.find('default', 'tx_1')).toMatchObject({ chain: 'eip155:99', confirmations: 0 });
    expect(rig.status.chain('eip155:99')).toEqual({
      head: null,
      safe: null,
      finalized: null,
      recentBlocks: [],
      recentReorgs: [],
    });
  });

  test('lists go page by page, by what is asked for', async () => {
    const rig = new RemoteRig();
    for (let count = 1; count <= 5; count += 1) {
      await rig.put(trackedAt(count, count === 3 ? { subscriber: 'bob' } : {}), count);
    }
    const first = await rig.status.list('default', query({ limit: 3 }));
    const rest = await rig.status.list('default', query({ limit: 3, after: first.next ?? 0 }));
    expect([...first.facts, ...rest.facts].map(({ id }) => id)).toEqual(['tx_1', 'tx_2', 'tx_3', 'tx_4', 'tx_5']);
    expect(rest.next).toBeNull();
    const bobs = await rig.status.list('default', query({ subscriber: 'bob' }));
    expect(bobs.facts.map(({ id }) => id)).toEqual(['tx_3']);
    const byHash = await rig.status.list('default', query({ hash: hashOf('tracked 4') }));
    expect(byHash.facts.map(({ id }) => id)).toEqual(['tx_4']);
  });
});

test("a chain is shown as its stream tells it, newest first, with no more blocks than a page's", () => {
  const rig = new RemoteRig();
  for (let block = 0; block < 80; block += 1) rig.write(rig.script.block([{ name: `${block}` }]));
  rig.write(rig.script.settle(150, 170), rig.script.revert(2), rig.script.block([], 'b'));
  const { head, safe, finalized, recentBlocks, recentReorgs } = rig.status.chain(chain);
  expect([head?.number, safe?.number, finalized?.number]).toEqual([179, 170, 150]);
  expect(recentBlocks).toHaveLength(64);
  expect(recentBlocks[0]).toMatchObject({ number: 179, transactions: 0 });
  expect(recentBlocks[1]).toMatchObject({ number: 178, transactions: 1 });
  expect(recentReorgs).toMatchObject([{ depth: 2, timeMs: 5 }]);
});

function query(change: Partial<Parameters<RemoteStatus['list']>[1]>): Parameters<RemoteStatus['list']>[1] {
  return { chain: null, hash: null, subscriber: null, status: null, after: 0, limit: 50, ...change };
}
