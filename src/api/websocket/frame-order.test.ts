import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  type GatewayFixture,
  type LimitChanges,
  startGateway,
  tenantKey,
} from '../../../test/harness/gateway-fixture.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { TxTrailError } from '../../lib/error.ts';

const alice = { tenant: 'default', subscriber: 'alice' };
const hash = `0x${'ab'.repeat(32)}`;
const started: GatewayFixture[] = [];
const sockets: WebSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

interface OrderFrame {
  readonly type: string;
  readonly id?: string;
  readonly code?: string;
  readonly cursor?: string;
  readonly event?: { readonly seq: number };
}

/** A gateway whose look for a subscription's start answers when the test says so, and one socket to it. */
class OrderRig {
  readonly frames: OrderFrame[] = [];
  readonly events: GatewayFixture['events'];
  readonly fixture: GatewayFixture;
  readonly socket: WebSocket;
  /** One for each look that waits, oldest first. */
  readonly looking: { letGo(): void; fail(cause: Error): void }[] = [];

  private constructor(fixture: GatewayFixture) {
    this.fixture = fixture;
    this.events = fixture.events;
    this.events.beforeBounds = () =>
      new Promise<void>((resolve, reject) => this.looking.push({ letGo: resolve, fail: reject }));
    const url = `${fixture.url.replace('http', 'ws')}/v1/ws`;
    this.socket = new WebSocket(url, 'txtrail.v1', { headers: { authorization: `Bearer ${tenantKey}` } });
    this.socket.on('message', (data) => this.frames.push(JSON.parse(String(data)) as OrderFrame));
    this.socket.on('error', () => undefined);
    sockets.push(this.socket);
  }

  static async open(limits?: LimitChanges): Promise<OrderRig> {
    const fixture = await startGateway(limits);
    started.push(fixture);
    const rig = new OrderRig(fixture);
    await once(rig.socket, 'open');
    return rig;
  }

  /** In one go. */
  send(...frames: readonly object[]): void {
    for (const frame of frames) this.socket.send(JSON.stringify(frame));
  }

  async looks(count = 1): Promise<void> {
    await waitUntil(() => this.looking.length >= count, { what: `${count} subscriptions looking`, everyMs: 2 });
  }

  letGo(): void {
    this.looking.shift()?.letGo();
  }

  async got(count: number): Promise<readonly string[]> {
    await waitUntil(() => this.frames.length >= count, {
      what: `${count} frames`,
      everyMs: 2,
      describe: () => this.told.join(),
    });
    return this.told;
  }

  get told(): readonly string[] {
    return this.frames.map(({ type, id, code, event }) => [type, id, code, event?.seq].filter(Boolean).join(' '));
  }

  /** All that the server has read of the socket was served: another socket of the same process answers. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await this.fixture.call('GET', '/v1/chains');
  }
}

const subscribe = (id: string, more: object = {}): object => ({ type: 'subscribe', id, subscriber: 'alice', ...more });

describe('while a subscription looks for its place', () => {
  test('what came after it waits, and is served in its order', async () => {
    const rig = await OrderRig.open();
    rig.events.add(alice);
    rig.send(
      subscribe('a'),
      { type: 'ping' },
      { type: 'unsubscribe', id: 'a' },
      { type: 'unsubscribe', id: 'a' },
      { type: 'dance', id: 'x' },
      { type: 'ping' },
    );
    await rig.looks();
    await rig.quiet();
    expect(rig.told).toEqual([]);
    rig.letGo();
    const told = (await rig.got(6)).filter((frame) => !frame.startsWith('event'));
    expect(told).toEqual([
      'subscribed a',
      'pong',
      'unsubscribed a',
      'error a not_found',
      'error x invalid_request',
      'pong',
    ]);
    expect(rig.events.watchers).toBe(0);
  });

  test('an acknowledgement behind it counts for it', async () => {
    const rig = await OrderRig.open();
    for (let count = 0; count < 3; count += 1) rig.events.add(alice);
    rig.send(subscribe('a'));
    await rig.looks();
    rig.letGo();
    await rig.got(4);
    const { cursor } = rig.frames[2] ?? {};
    rig.send({ type: 'unsubscribe', id: 'a' }, subscribe('a'), { type: 'ack', id: 'a', cursor }, { type: 'ping' });
    await rig.looks();
    rig.letGo();
    await waitUntil(() => rig.told.includes('pong'), { what: 'pong', everyMs: 2 });
    await waitUntil(() => rig.events.acknowledged(alice, 'default') === 2, { what: 'the acknowledgement', everyMs: 2 });
  });

  test('a second of its id is refused, one of another id is placed after it', async () => {
    const rig = await OrderRig.open();
    rig.send(subscribe('a'), subscribe('a'), subscribe('b'), { type: 'ping' });
    await rig.looks();
    await rig.quiet();
    expect(rig.looking).toHaveLength(1);
    rig.letGo();
    await rig.looks();
    expect(await rig.got(2)).toEqual(['subscribed a', 'error a invalid_request']);
    rig.letGo();
    expect((await rig.got(4)).slice(2)).toEqual(['subscribed b', 'pong']);
    expect(rig.events.watchers).toBe(2);
  });

  test('those that end are counted before those that come', async () => {
    const rig = await OrderRig.open({ websocket: { subscriptionsPerSocket: 1 } });
    rig.send(subscribe('a'), subscribe('b'), { type: 'unsubscribe', id: 'a' }, subscribe('c'));
    await rig.looks();
    rig.letGo();
    expect(await rig.got(3)).toEqual(['subscribed a', 'error b too_many_requests', 'unsubscribed a']);
    await rig.looks();
    rig.letGo();
    expect((await rig.got(4)).at(-1)).toBe('subscribed c');
  });

  test('that fails is answered before what came after it', async () => {
    const rig = await OrderRig.open();
    rig.send(subscribe('a'), { type: 'ping' }, subscribe('b'), { type: 'unsubscribe', id: 'a' }, { type: 'ping' });
    await rig.looks();
    rig.looking.shift()?.fail(new TxTrailError('store_unavailable', 'away', { retryable: true }));
    await rig.looks();
    const [first, ...rest] = await rig.got(2);
    expect(first).toMatch(/^error a /);
    expect(rest).toEqual(['pong']);
    rig.letGo();
    expect((await rig.got(5)).slice(2)).toEqual(['subscribed b', 'error a not_found', 'pong']);
    expect(rig.events.watchers).toBe(1);
  });

  test('events of another subscription go on, and each keeps its order', async () => {
    const rig = await OrderRig.open();
    rig.send(subscribe('a'));
    await rig.looks();
    rig.letGo();
    await rig.got(1);
    rig.send(subscribe('b'));
    await rig.looks();
    for (let count = 0; count < 3; count += 1) rig.events.add(alice);
    expect(await rig.got(4)).toEqual(['subscribed a', 'event a 1', 'event a 2', 'event a 3']);
    rig.letGo();
    expect((await rig.got(8)).slice(4)).toEqual(['subscribed b', 'event b 1', 'event b 2', 'event b 3']);
  });

  test('a socket that is closed leaves nothing behind, whenever the answer comes', async () => {
    const rig = await OrderRig.open();
    rig.send(subscribe('a'), subscribe('b'), { type: 'track', id: 't', transaction: { chain: 'ethereum', hash } });
    await rig.looks();
    await rig.quiet();
    const closed = once(rig.socket, 'close');
    rig.socket.close(1000);
    await closed;
    await rig.quiet();
    rig.letGo();
    await rig.quiet();
    expect(rig.looking).toEqual([]);
    expect(rig.events.watchers).toBe(0);
    expect(rig.told).toEqual([]);
  });

  test('a drain closes at once, and what waits is not served', async () => {
    const rig = await OrderRig.open();
    rig.send(subscribe('a'), { type: 'ping' });
    await rig.looks();
    await rig.quiet();
    const closed = once(rig.socket, 'close');
    const drained = rig.fixture.gateway.drain();
    await closed;
    rig.letGo();
    await drained;
    expect(rig.told).toEqual(['reconnect']);
    expect(rig.events.watchers).toBe(0);
  });

  test('no more is read from the socket than it may have under way', async () => {
    const rig = await OrderRig.open({ websocket: { requestsInFlight: 4 } });
    rig.send(subscribe('a'), ...Array.from({ length: 500 }, () => ({ type: 'ping' })));
    await rig.looks();
    await rig.quiet();
    expect(rig.told).toEqual([]);
    rig.letGo();
    const told = await rig.got(501);
    expect(told[0]).toBe('subscribed a');
    expect(new Set(told.slice(1))).toEqual(new Set(['pong']));
  });
});
