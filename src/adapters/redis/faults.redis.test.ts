import { createClient } from '@redis/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  redisAddresses,
  redisProcesses,
  startRedis,
  startRedisNode,
  stopRedisNode,
} from '../../../scripts/services/redis.mjs';
import {
  recordingLogger,
  recordingMetrics,
  type RecordingLogger,
  type RecordingMetrics,
} from '../../../test/harness/recording-ports.ts';
import { findRedis, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { createSystemRandom } from '../node/system-random.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { hashSlot } from './hash-slot.ts';
import { type OpenRedis, openRedis } from './open-redis.ts';
import { SlotMap } from './slot-map.ts';

/** Only a cluster that was started here may be hurt. */
const nodes = findRedis()?.join() === redisAddresses().join() ? redisAddresses() : [];
const everyNode = nodes.map((_, index) => index + 1);
const tenant = 'a';
const scope = { tenant, subscriber: 's' };

describe.skipIf(nodes.length === 0)('a cluster that fails', { timeout: 120_000 }, () => {
  let redis: OpenRedis;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let rings: number;

  beforeEach(async () => {
    await startRedis();
    logger = recordingLogger();
    metrics = recordingMetrics();
    redis = openRedis(
      { nodes: nodes.map((address) => `redis://${address}`), keyPrefix: freshPrefix() },
      { scheduler: createTimerScheduler(), random: createSystemRandom(), logger, metrics },
    );
    rings = 0;
    redis.wakeUp.watch(scope, () => {
      rings += 1;
    });
    await everythingWorks();
  });
  afterEach(async () => {
    await redis.close();
    await startRedis();
  });

  /** Statuses are kept, tickets open, counts count and bells ring, sooner or later. */
  async function everythingWorks(): Promise<void> {
    const version = Date.now();
    await waitUntil(
      async () => {
        await redis.statusCache.put([{ tenant, id: '1', version, text: `text ${version}` }]);
        return (await redis.statusCache.get(tenant, ['1']))[0] === `text ${version}`;
      },
      { what: 'a status to be kept', timeoutMs: 60_000 },
    );
    await waitUntil(async () => (await redis.rateCounter.add(tenant, 'n', 1, 60_000)) !== null, { what: 'a count' });
    await redis.ticketStore.issue('ticket', 'text', 60_000);
    expect(await redis.ticketStore.redeem('ticket')).toBe('text');
    const before = rings;
    await waitUntil(
      () => {
        redis.wakeUp.ring([scope]);
        return rings > before;
      },
      { what: 'the bell to be heard', timeoutMs: 60_000, everyMs: 100 },
    );
  }

  test('may lose all it holds at any time', async () => {
    await redis.statusCache.put([{ tenant, id: 'lost', version: 1, text: 'text' }]);
    await redis.ticketStore.issue('lost', 'text', 60_000);
    await redis.sessionList.put(tenant, 's', { id: '1', text: '' }, 60_000);
    await flushMasters();
    expect(await redis.statusCache.get(tenant, ['lost'])).toEqual([undefined]);
    expect(await redis.ticketStore.redeem('lost')).toBeNull();
    expect(await redis.sessionList.list(tenant, 's')).toEqual([]);
    expect(await redis.rateCounter.add(tenant, 'n', 1, 60_000)).toMatchObject({ total: 1 });
    const before = rings;
    redis.wakeUp.ring([scope]);
    await waitUntil(() => rings > before, { what: 'the bell, which holds nothing' });
    expect(metrics.values.get('txtrail_redis_failures_total')).toBeUndefined();
  });

  test('a killed master: its replica takes over, and what is done goes on there', async () => {
    const master = await masterOf(`{${tenant}}`);
    await stopRedisNode(master, 'SIGKILL');
    await waitUntil(async () => (await masterOf(`{${tenant}}`)) !== master, {
      what: 'a new master',
      timeoutMs: 60_000,
    });
    await everythingWorks();
    expect(redisProcesses()[master - 1]?.pid).toBeNull();
    expect(metrics.values.get('txtrail_redis_failures_total')).toBeGreaterThan(0);
    await startRedisNode(master);
    await everythingWorks();
  });

  test('all nodes gone: calls fail at once and are counted, and all comes back by itself', async () => {
    await Promise.all(everyNode.map((node) => stopRedisNode(node, 'SIGKILL')));
    expect(await redis.statusCache.get(tenant, ['1', '2'])).toEqual([undefined, undefined]);
    const put = await redis.statusCache.put([{ tenant, id: '1', version: Date.now() + 1, text: 'nowhere' }]);
    expect(put).toBe(false);
    await redis.liveReport.publish('name', 'text', 1_000);
    expect(await redis.liveReport.read(['name'])).toEqual([null]);
    expect(await redis.rateCounter.add(tenant, 'n', 1, 60_000)).toBeNull();
    expect(await redis.sessionList.list(tenant, 's')).toBeNull();
    const refused = { code: 'store_unavailable', retryable: true };
    await expect(redis.ticketStore.issue('t', 'text', 1_000)).rejects.toMatchObject(refused);
    await expect(redis.ticketStore.redeem('t')).rejects.toMatchObject(refused);
    redis.wakeUp.ring([scope]);
    expect(metrics.values.get('txtrail_redis_failures_total')).toBeGreaterThanOrEqual(8);
    const silent = logger.lines.filter(({ level }) => level === 'warn').map(({ facts }) => String(facts['address']));
    expect(silent).toEqual([...new Set(silent)]);
    expect(silent).not.toEqual([]);
    await startRedis();
    await everythingWorks();
    const again = logger.lines.filter(({ message }) => message === 'Redis answers again');
    expect(silent).toEqual(expect.arrayContaining(again.map(({ facts }) => facts['address'])));
    expect(again).not.toEqual([]);
  });

  test('a node that stands still is given up, and met again when it goes on', async () => {
    const master = await masterOf(`{${tenant}}`);
    const pid = redisProcesses()[master - 1]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await redis.rateCounter.add(tenant, 'n', 1, 60_000)).toBeNull();
      expect(await redis.statusCache.get(tenant, ['1'])).toEqual([undefined]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await everythingWorks();
  });

  test('a master that hands over to its replica: both live, and all goes on at the other', async () => {
    const master = await masterOf(`{${tenant}}`);
    const replica = await replicaOf(master);
    await ask(replica, ['CLUSTER', 'FAILOVER']);
    await waitUntil(async () => (await masterOf(`{${tenant}}`)) === replica, { what: 'the replica to be the master' });
    await everythingWorks();
  });

  test('a slot that moves: what is not there any more is sought where it goes', async () => {
    const slot = String(hashSlot(`{${tenant}}`));
    const from = await masterOf(`{${tenant}}`);
    const to = await masterOf(`{${await tenantElsewhere(from)}}`);
    const [fromId, toId] = [await ask(from, ['CLUSTER', 'MYID']), await ask(to, ['CLUSTER', 'MYID'])].map(String);
    // Only empty slots are moved here: moving keys is the cluster's own business.
    await flushMasters();
    await ask(to, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId ?? '']);
    await ask(from, ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId ?? '']);
    expect(await redis.rateCounter.add(tenant, 'moving', 2, 60_000)).toMatchObject({ total: 2 });
    expect(await redis.rateCounter.add(tenant, 'moving', 3, 60_000)).toMatchObject({ total: 5 });
    expect(await ask(from, ['CLUSTER', 'COUNTKEYSINSLOT', slot])).toBe(0);
    expect(await ask(to, ['CLUSTER', 'COUNTKEYSINSLOT', slot])).toBe(1);
    for (const node of [to, from]) await ask(node, ['CLUSTER', 'SETSLOT', slot, 'NODE', toId ?? '']);
    expect(await redis.rateCounter.add(tenant, 'moving', 1, 60_000)).toMatchObject({ total: 6 });
    await everythingWorks();
    expect(await masterOf(`{${tenant}}`)).toBe(to);
    await flushMasters();
    for (const node of [from, to]) await ask(node, ['CLUSTER', 'SETSLOT', slot, 'NODE', fromId ?? '']);
    await everythingWorks();
  });

  test('none of it was there at the start', async () => {
    await Promise.all(everyNode.map((node) => stopRedisNode(node, 'SIGKILL')));
    const early = openRedis(
      { nodes: nodes.map((address) => `redis://${address}`), keyPrefix: freshPrefix() },
      { scheduler: createTimerScheduler(), random: createSystemRandom(), logger, metrics },
    );
    let heard = 0;
    early.wakeUp.watch(scope, () => {
      heard += 1;
    });
    expect(await early.statusCache.get(tenant, ['1'])).toEqual([undefined]);
    await startRedis();
    await waitUntil(
      () => {
        early.wakeUp.ring([scope]);
        return heard > 0;
      },
      { what: 'the bell to be heard', timeoutMs: 60_000 },
    );
    await early.close();
  });

  async function flushMasters(): Promise<void> {
    for (const address of nodes) {
      const client = await connected(address);
      const [role] = (await client.sendCommand(['ROLE'])) as unknown as readonly string[];
      if (role === 'master') await client.sendCommand(['FLUSHALL']);
      client.destroy();
    }
  }

  async function ask(node: number, command: readonly string[]): Promise<unknown> {
    const client = await connected(nodes[node - 1] ?? '');
    return client.sendCommand([...command]).finally(() => client.destroy());
  }

  async function replicaOf(master: number): Promise<number> {
    for (const node of everyNode) {
      const [role, host, port] = (await ask(node, ['ROLE'])) as readonly unknown[];
      if (role === 'slave' && `${host}:${port}` === nodes[master - 1]) return node;
    }
    throw new Error(`node ${master} has no replica`);
  }

  async function tenantElsewhere(master: number): Promise<string> {
    for (const name of 'bcdefgh') if ((await masterOf(`{${name}}`)) !== master) return name;
    throw new Error('every tenant is on one node');
  }

  /** The number of the node, as those that live see it. */
  async function masterOf(key: string): Promise<number> {
    for (const [index, { pid }] of redisProcesses().entries()) {
      if (pid === null) continue;
      const client = await connected(nodes[index] ?? '');
      const map = new SlotMap();
      map.replace(await client.sendCommand(['CLUSTER', 'SLOTS']), nodes[index] ?? '');
      client.destroy();
      return nodes.indexOf(map.masterOf(hashSlot(key)) ?? '') + 1;
    }
    throw new Error('no node lives');
  }

  async function connected(address: string) {
    const client = createClient({ url: `redis://${address}`, socket: { reconnectStrategy: false } });
    return client.on('error', () => client.destroy()).connect();
  }
});
