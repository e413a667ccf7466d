import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { hashSlot } from './hash-slot.ts';
import { RedisCluster } from './redis-cluster.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that gives each chunk that comes to whoever answers; gives its port. */
async function listen(onData: (socket: Socket, text: string) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    socket.on('data', (chunk) => onData(socket, chunk.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('where no node answers, a call waits for one of them at most, and the next for none', async () => {
  let asked = 0;
  const silent = (): void => {
    asked += 1;
  };
  const ports = await Promise.all([listen(silent), listen(silent), listen(silent)]);
  const scheduler = new ManualScheduler();
  const urls = ports.map((port) => `redis://127.0.0.1:${port}`);
  const cluster = new RedisCluster({ urls, timeoutMs: 60_000 }, { scheduler, logger: recordingLogger() });
  cleanups.push(async () => {
    const closed = cluster.close();
    await scheduler.pass(300_000);
    await closed;
  });
  const refused = { code: 'store_unavailable', retryable: true };
  const first = expect(cluster.run('a', ['GET', 'a'])).rejects.toMatchObject(refused);
  await waitUntil(() => asked > 0, { what: 'the first node to be asked' });
  await scheduler.pass(60_000);
  await first;
  await expect(cluster.run('a', ['GET', 'a'])).rejects.toMatchObject(refused);
});

test('a node that is away is told once, however often the others answer meanwhile', async () => {
  const dead = await listen((socket) => socket.destroy());
  const port: number = await listen((socket, text) => {
    for (const [command] of text.matchAll(/^(HELLO|CLUSTER|GET)\r$/gm)) socket.write(answerTo(command.trim()));
  });
  function answerTo(command: string): string {
    if (command === 'HELLO') return '%1\r\n+proto\r\n:3\r\n';
    if (command === 'GET') return '+text\r\n';
    const range = (from: number, to: number, master: number) =>
      `*3\r\n:${from}\r\n:${to}\r\n*2\r\n$9\r\n127.0.0.1\r\n:${master}\r\n`;
    return `*2\r\n${range(0, 8_191, port)}${range(8_192, 16_383, dead)}`;
  }
  const logger = recordingLogger();
  const options = { urls: [`redis://127.0.0.1:${port}`], timeoutMs: 5_000 };
  const cluster = new RedisCluster(options, { scheduler: createTimerScheduler(), logger });
  cleanups.push(() => cluster.close());
  const [there, away] = [keyIn(0, 8_191), keyIn(8_192, 16_383)];
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await cluster.run(there, ['GET', there])).toBe('text');
    await expect(cluster.run(away, ['GET', away])).rejects.toMatchObject({ code: 'store_unavailable' });
  }
  const told = logger.lines.filter(({ level }) => level === 'warn' || level === 'info');
  expect(told.map(({ level, facts }) => [level, facts['address']])).toEqual([['warn', `127.0.0.1:${dead}`]]);
});

function keyIn(from: number, to: number): string {
  const key = [...'abcdefgh'].find((name) => from <= hashSlot(name) && hashSlot(name) <= to);
  if (key === undefined) throw new Error('no name is in that range');
  return key;
}
