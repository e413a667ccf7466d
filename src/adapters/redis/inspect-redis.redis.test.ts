import { describe, expect, test } from 'vitest';
import { findRedis } from '../../../test/harness/services.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { inspectRedis } from './inspect-redis.ts';

const nodes = findRedis() ?? [];
const deps = { scheduler: createTimerScheduler() };

describe.skipIf(nodes.length === 0)('a look at a cluster', () => {
  test('tells of its state, its masters and their settings, by the first node that answers', async () => {
    const found = await inspectRedis(
      { nodes: ['redis://127.0.0.1:1', ...nodes.map((address) => `redis://${address}`)] },
      deps,
    );
    expect(found).toMatchObject({ isCluster: true, state: 'ok' });
    expect(nodes).toContain(found.address);
    expect(Number.parseInt(found.version, 10)).toBeGreaterThanOrEqual(7);
    expect(found.masters).toHaveLength(3);
    for (const { address, replicas, fault, settings } of found.masters) {
      expect(nodes).toContain(address);
      expect([replicas, fault]).toEqual([1, null]);
      expect(Object.fromEntries(settings ?? [])).toMatchObject({
        'maxmemory-policy': 'noeviction',
        appendonly: 'no',
        save: '',
      });
    }
  });
});

test('no node that answers is a fault that names the first', async () => {
  const looking = inspectRedis({ nodes: ['redis://user:secret@127.0.0.1:1', 'redis://127.0.0.1:2'] }, deps);
  const fault = await looking.catch((error: Error) => error);
  expect(fault).toMatchObject({ code: 'store_unavailable' });
  expect(String(fault)).toContain('127.0.0.1:1');
  expect(String(fault)).not.toContain('secret');
});
