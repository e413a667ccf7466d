import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshTopics } from '../../../test/harness/kafka.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { Cluster } from './cluster.ts';
import { connectionLimits } from './kafka-limits.ts';

const brokers = findKafka();
const prefix = freshPrefix();

describe.skipIf(brokers === null)('a cluster', () => {
  if (brokers === null) return;
  beforeAll(() => freshTopics(brokers, prefix, { facts: 2 }));
  afterAll(() => deleteTopics(brokers, prefix));

  test('that has a broker which takes connections and says nothing is asked by way of the others', async () => {
    const silent = await listenSilently();
    const cluster = new Cluster({
      ...connectionLimits,
      requestTimeoutMs: 1_000,
      brokers: [silent.address, ...brokers],
    });
    await cluster.refresh([]);
    expect(cluster.size).toBe(brokers.length);
    // It is not waited for again, whoever's turn it is.
    for (let refreshes = 0; refreshes <= brokers.length; refreshes += 1) await cluster.refresh([`${prefix}facts`]);
    expect(cluster.leaderOf({ topic: `${prefix}facts`, partition: 1 })).not.toBeNull();
    expect(silent.connections()).toBe(1);
    await cluster.close();
    await silent.close();
  });
  test('is asked at an address of IPv6, which stands in brackets', async () => {
    const silent = await listenSilently('::1');
    const cluster = new Cluster({ ...connectionLimits, requestTimeoutMs: 300, brokers: [silent.address] });
    await expect(cluster.refresh([])).rejects.toThrow(`${silent.address} does not answer`);
    expect(silent.connections()).toBe(1);
    await cluster.close();
    await silent.close();
  });
});

/** As a process does that was stopped: its kernel still accepts. */
async function listenSilently(host = '127.0.0.1') {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.length,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
