import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { Scheduler } from '../../ports/clock.ts';
import { createNodeNetwork } from '../node/node-network.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { pingIntervalMs, WebSocketTransport } from './websocket-transport.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

type Handler = (socket: WebSocket, message: { id: number; method: string }) => void;

async function connected(handler: Handler, options: { autoPong?: boolean; speed?: number } = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: options.autoPong ?? true });
  await new Promise((resolve) => server.once('listening', resolve));
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => handler(socket, JSON.parse(String(data))));
  });
  endings.push(async () => {
    for (const socket of sockets) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  const timers = createTimerScheduler();
  const speed = options.speed ?? 1;
  const scheduler: Scheduler = { ...timers, after: (delayMs, task) => timers.after(delayMs / speed, task) };
  const random = { fraction: () => 0.01, bytes: (count: number) => new Uint8Array(count) };
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/KEY`;
  const transport = new WebSocketTransport(
    { provider: 'main', url },
    { network: createNodeNetwork(), scheduler, random },
  );
  endings.push(() => transport.close());
  return { transport, server, sockets };
}

const answer: Handler = (socket, { id, method }) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: method }));
const silent = { onOpen: () => undefined, onClose: () => undefined, onNotification: () => undefined };

test('calls are answered by id, in any order; answers to nothing are dropped', async () => {
  const held: { socket: WebSocket; id: number; method: string }[] = [];
  const { transport } = await connected((socket, { id, method }) => {
    held.push({ socket, id, method });
    if (held.length < 2) return;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 999, result: 'stray' }));
    for (const each of held.reverse()) answer(each.socket, each);
  });
  const results = await Promise.all(['one', 'two'].map((method) => transport.call({ method, params: [] })));
  expect(results).toEqual(['one', 'two']);
});

test('it comes back by itself, and what waited is rejected rather than sent twice', async () => {
  const reasons: string[] = [];
  let opened = 0;
  const { transport, sockets } = await connected((socket) => socket.terminate());
  transport.listen({
    ...silent,
    onOpen: () => {
      opened += 1;
    },
    onClose: (reason) => reasons.push(reason),
  });
  await waitUntil(() => opened === 1, { what: 'the first connection' });
  await expect(transport.call({ method: 'any', params: [] })).rejects.toMatchObject({ code: 'provider_unreachable' });
  await waitUntil(() => opened === 2, { what: 'the second connection' });
  expect(sockets.length).toBe(2);
  expect(reasons.length).toBe(1);
});

test('restart drops the connection and makes another', async () => {
  let opened = 0;
  const { transport, sockets } = await connected(answer);
  const listener = {
    ...silent,
    onOpen: () => {
      opened += 1;
    },
  };
  transport.listen(listener);
  await waitUntil(() => opened === 1, { what: 'the first connection' });
  transport.restart('deaf');
  await waitUntil(() => opened === 2, { what: 'the second connection' });
  expect(sockets[0]?.readyState).not.toBe(1);
  expect(await transport.call({ method: 'hello', params: [] })).toBe('hello');
});

test('H20 a peer that answers no ping is dropped', async () => {
  const reasons: string[] = [];
  const { transport } = await connected(answer, { autoPong: false, speed: pingIntervalMs / 30 });
  transport.listen({ ...silent, onClose: (reason) => reasons.push(reason) });
  await waitUntil(() => reasons.length > 0, { what: 'the end of the connection' });
  expect(reasons[0]).toBe('a ping was not answered');
});

test('F13 a frame that is not JSON-RPC ends the connection; no message holds the address', async () => {
  const reasons: string[] = [];
  const { transport } = await connected((socket) => socket.send('<html>'));
  transport.listen({ ...silent, onClose: (reason) => reasons.push(reason) });
  await expect(transport.call({ method: 'any', params: [] })).rejects.toMatchObject({
    code: 'provider_unreachable',
    message: expect.not.stringContaining('KEY'),
  });
  expect(reasons).toEqual(['it sent what is not JSON-RPC']);
});

test('a call on a socket that is down fails at once', async () => {
  const { transport, server, sockets } = await connected(answer);
  await transport.call({ method: 'hello', params: [] });
  server.close();
  sockets[0]?.terminate();
  await waitUntil(
    () =>
      transport.call({ method: 'hello', params: [] }).then(
        () => false,
        () => true,
      ),
    { what: 'a failing call' },
  );
});
