import { createCluster } from '@redis/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRedis, freshPrefix } from './services.ts';

const nodes = findRedis() ?? [];

describe.skipIf(nodes.length === 0)('the Redis Cluster that tests run against', () => {
  const prefix = freshPrefix();
  const cluster = createCluster({
    rootNodes: nodes.map((address) => ({ url: `redis://${address}` })),
    useReplicas: true,
  });
  beforeAll(async () => {
    await cluster.connect();
  });
  afterAll(() => cluster.close());

  test('has three masters with a replica each', () => {
    expect([cluster.masters.length, cluster.replicas.length]).toEqual([3, 3]);
  });

  test('keeps keys of different slots', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `${prefix}${index}`);
    await Promise.all(keys.map((key) => cluster.set(key, key, { expiration: { type: 'EX', value: 60 } })));
    expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(keys);
  });

  test('carries sharded messages', async () => {
    const heard = Promise.withResolvers<string>();
    await cluster.sSubscribe(`${prefix}channel`, (message) => heard.resolve(message));
    await cluster.sPublish(`${prefix}channel`, 'hello');
    expect(await heard.promise).toBe('hello');
    await cluster.sUnsubscribe(`${prefix}channel`);
  });
});
