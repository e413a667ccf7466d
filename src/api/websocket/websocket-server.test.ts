import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { TxTrailError } from '../../lib/error.ts';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { createTokenCodec } from '../token.ts';
import { fakeCredentials, otherKey, startGateway, tenantKey } from '../../../test/harness/gateway-fixture.ts';
import type { GatewayFixture, LimitChanges } from '../../../test/harness/gateway-fixture.ts';

const hash = `0x${'ab'.repeat(32)}`;
const alice = { tenant: 'default', subscriber: 'alice' };
const started: GatewayFixture[] = [];
const opened: Client[] = [];

async function start(limits?: LimitChanges): Promise<GatewayFixture> {
  const fixture = await startGateway(limits);
  started.push(fixture);
  return fixture;
}

afterEach(async () => {
  for (const client of opened.splice(0)) client.socket.terminate();
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

// biome-ignore lint/suspicious/noExplicitAny: frames of every type are looked into
type Frame = any;

/** A client that keeps every frame; `next` gives them in order. */
class Client {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  closed: { code: number; reason: string } | null = null;
  #taken = 0;

  constructor(
    url: string,
    options: {
      readonly key?: string | null;
      readonly protocols?: readonly string[];
      readonly client?: ClientOptions;
    } = {},
  ) {
    const key = options.key === undefined ? tenantKey : options.key;
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, [...(options.protocols ?? ['txtrail.v1'])], {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      ...options.client,
    });
    this.socket.on('message', (data) => this.texts.push(String(data)));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    this.socket.on('error', () => undefined);
    opened.push(this);
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async next(): Promise<Frame> {
    await expect.poll(() => this.texts.length, { interval: 2, timeout: 5000 }).toBeGreaterThan(this.#taken);
    const text = this.texts[this.#taken]!;
    this.#taken += 1;
    return JSON.parse(text);
  }

  /** Everything not taken yet: three pings show that nothing more is on its way, however the server takes turns. */
  async rest(): Promise<Frame[]> {
    const rest: Frame[] = [];
    for (let pongs = 0; pongs < 3; pongs += 1) {
      this.send({ type: 'ping' });
      for (let frame = await this.next(); frame.type !== 'pong'; frame = await this.next()) rest.push(frame);
    }
    return rest;
  }

  async closing(): Promise<{ code: number; reason: string }> {
    await expect.poll(() => this.closed, { interval: 5, timeout: 5000 }).not.toBeNull();
    return this.closed!;
  }
}

async function refusedStatus(client: Client): Promise<number> {
  const [, response] = (await once(client.socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  return response.statusCode;
}

const tokenOf = (subscriber: string, lastsMs = 60_000, tenant = 'default'): string =>
  createTokenCodec(fakeCredentials.cursorSecret).encode({ tenant, subscriber, expiresAtMs: Date.now() + lastsMs });

const seqs = (frames: readonly Frame[]): number[] => frames.map((frame) => frame.event.seq);

describe("a subscriber's token", () => {
  test.each(['header', 'frame'])('by %s, reads its subscriber alone, and acknowledges for it', async (by) => {
    const { url, events } = await start();
    events.add({ subscriber: 'alice' });
    events.add({ subscriber: 'bob' });
    const token = tokenOf('alice');
    const client = await new Client(url, { key: by === 'header' ? token : null }).open();
    if (by === 'frame') client.send({ type: 'auth', token });
    client.send({ type: 'subscribe', id: 's1' });
    client.send({ type: 'subscribe', id: 's2', subscriber: 'alice' });
    client.send({ type: 'subscribe', id: 's3', subscriber: 'bob' });
    const frames = [...(await client.rest())];
    const told = frames.filter(({ type }) => type === 'event');
    expect(told.map(({ id, event }) => [id, event.subscriber]).toSorted()).toEqual([
      ['s1', 'alice'],
      ['s2', 'alice'],
    ]);
    expect(frames.filter(({ type }) => type === 'error')).toMatchObject([{ id: 's3', code: 'forbidden' }]);
    client.send({ type: 'ack', id: 's1', cursor: told[0].cursor });
    await client.rest();
    expect(events.acknowledged(alice, 'default')).toBe(1);
  });

  test('registers for its subscriber alone', async () => {
    const { url } = await start();
    const client = await new Client(url, { key: tokenOf('alice') }).open();
    client.send({ type: 'track', id: 'r1', transaction: { chain: 'ethereum', hash } });
    expect(await client.next()).toMatchObject({ type: 'tracked', transaction: { subscriber: 'alice' } });
    client.send({ type: 'track', id: 'r2', transaction: { chain: 'ethereum', hash, subscriber: 'bob' } });
    expect(await client.next()).toMatchObject({ type: 'error', id: 'r2', code: 'forbidden' });
  });

  test('that has expired is 401 in the header and 4500 in a frame', async () => {
    const { url } = await start();
    const token = tokenOf('alice', -1);
    expect(await refusedStatus(new Client(url, { key: token }))).toBe(401);
    const client = await new Client(url, { key: null }).open();
    client.send({ type: 'auth', token });
    expect(await client.closing()).toEqual({ code: 4500, reason: 'the token has expired' });
  });

  /** Time that only the test lets pass; a token of ten seconds ends before the first ping. */
  async function onManualTime() {
    const clock = manualClock();
    const scheduler = new ManualScheduler();
    const fixture = await startGateway({}, { clock, scheduler });
    started.push(fixture);
    const token = (lastsMs: number): string =>
      createTokenCodec(fakeCredentials.cursorSecret).encode({ ...alice, expiresAtMs: clock.nowMs + lastsMs });
    return { url: fixture.url, token, pass: (ms: number) => scheduler.pass(ms, clock) };
  }

  test.each(['header', 'frame'])('by %s, ends its socket with 4005 when it expires, not before', async (by) => {
    const { url, token, pass } = await onManualTime();
    const client = await new Client(url, { key: by === 'header' ? token(9000) : null }).open();
    if (by === 'frame') client.send({ type: 'auth', token: token(9000) });
    expect(await client.rest()).toEqual([]);
    await pass(8999);
    expect(await client.rest()).toEqual([]);
    await pass(1);
    expect(await client.closing()).toEqual({ code: 4005, reason: 'the token has expired' });
  });

  test('is renewed by a newer one of the same subscriber, and the socket lives on', async () => {
    const { url, token, pass } = await onManualTime();
    const client = await new Client(url, { key: token(5000) }).open();
    client.send({ type: 'auth', token: token(15_000) });
    expect(await client.rest()).toEqual([]);
    await pass(14_999);
    expect(await client.rest()).toEqual([]);
    await pass(1);
    expect((await client.closing()).code).toBe(4005);
  });

  test.each([
    ['another subscriber', () => tokenOf('bob')],
    ['another tenant', () => tokenOf('alice', 60_000, 'other')],
    ["the tenant's key", () => tenantKey],
    ['nobody', () => 'txs_garbage.garbage'],
  ])('is not exchanged for that of %s on one socket', async (_name, make) => {
    const { url } = await start();
    const client = await new Client(url, { key: tokenOf('alice') }).open();
    client.send({ type: 'auth', token: make() });
    expect((await client.closing()).code).toBe(4500);
  });
});

describe('handshake and authentication', () => {
  test('the subprotocol is chosen where it is offered, taken for granted where none is, 400 where only others are', async () => {
    const { url } = await start();
    expect((await new Client(url).open()).socket.protocol).toBe('txtrail.v1');
    expect((await new Client(url, { protocols: ['other', 'txtrail.v1'] }).open()).socket.protocol).toBe('txtrail.v1');
    expect((await new Client(url, { protocols: [] }).open()).socket.protocol).toBe('');
    expect(await refusedStatus(new Client(url, { protocols: ['graphql-ws'] }))).toBe(400);
  });

  test('compression is not negotiated', async () => {
    const { url } = await start();
    expect((await new Client(url, { client: { perMessageDeflate: true } }).open()).socket.extensions).toBe('');
  });

  test('a wrong key in the header is 401, another path 404', async () => {
    const { url } = await start();
    expect(await refusedStatus(new Client(url, { key: 'wrong' }))).toBe(401);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/other`);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(404);
  });

  test('the first frame may carry the key', async () => {
    const { url } = await start();
    const client = await new Client(url, { key: null }).open();
    client.send({ type: 'auth', token: tenantKey });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.send({ type: 'auth', token: tenantKey });
    expect(await client.rest()).toEqual([]);
    client.send({ type: 'auth', token: otherKey });
    expect((await client.closing()).code).toBe(4500);
  });

  test.each([
    ['a wrong key', { type: 'auth', token: 'wrong' }, 4500],
    ['another frame first', { type: 'subscribe', id: 's1' }, 4500],
    ['an auth frame with mistakes', { type: 'auth' }, 4500],
    ['no JSON', 'hello', 4501],
  ])('%s before authentication closes', async (_name, frame, code) => {
    const { url } = await start();
    const client = await new Client(url, { key: null }).open();
    client.send(frame);
    expect((await client.closing()).code).toBe(code);
  });

  test('who does not authenticate in time is closed with 4500', async () => {
    const { url } = await start({ websocket: { authTimeoutMs: 50 } });
    const client = await new Client(url, { key: null }).open();
    expect((await client.closing()).code).toBe(4500);
  });
});

describe('frames', () => {
  test.each([
    ['words', 'hello'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['no type', '{}'],
    ['a type that is no text', '{"type":1}'],
    ['a key that reaches a prototype', '{"type":"ping","__proto__":{}}'],
  ])('%s closes with 4501', async (_name, text) => {
    const { url } = await start();
    const client = await new Client(url).open();
    client.send(text);
    expect((await client.closing()).code).toBe(4501);
  });

  test('a binary frame closes with 4501, one over 64 KiB with 1009', async () => {
    const { url } = await start();
    const binary = await new Client(url).open();
    binary.socket.send(Buffer.from('{"type":"ping"}'));
    expect((await binary.closing()).code).toBe(4501);
    const fits = await new Client(url).open();
    fits.send(`{"type":"ping"${' '.repeat(64 * 1024 - 15)}}`);
    expect(await fits.next()).toEqual({ type: 'pong' });
    fits.send(`{"type":"ping"${' '.repeat(64 * 1024)}}`);
    expect((await fits.closing()).code).toBe(1009);
  });

  const mistaken: readonly [string, Record<string, unknown>, string][] = [
    ['an unknown type', { type: 'dance', id: 'x' }, 'invalid_request'],
    ['a missing id', { type: 'subscribe' }, 'invalid_request'],
    ['an unknown field', { type: 'subscribe', id: 'x', color: 'red' }, 'invalid_request'],
    ['a window too large', { type: 'subscribe', id: 'x', window: 4097 }, 'invalid_request'],
    ['a negative window', { type: 'subscribe', id: 'x', window: -1 }, 'invalid_request'],
    ['an unknown event type', { type: 'subscribe', id: 'x', types: ['nothing'] }, 'invalid_request'],
    ['an unknown chain', { type: 'subscribe', id: 'x', chain: 'nowhere' }, 'unknown_chain'],
    ['a garbage cursor', { type: 'subscribe', id: 'x', from: 'garbage' }, 'invalid_cursor'],
    ['an ack of no subscription', { type: 'ack', id: 'x', cursor: 'y' }, 'not_found'],
    ['an unsubscribe of no subscription', { type: 'unsubscribe', id: 'x' }, 'not_found'],
    [
      'a track with mistakes',
      { type: 'track', id: 'x', transaction: { chain: 'ethereum', hash: '0x1' } },
      'invalid_request',
    ],
    [
      'a track of an unknown chain',
      { type: 'track', id: 'x', transaction: { chain: 'nowhere', hash } },
      'unknown_chain',
    ],
  ];

  test.each(mistaken)('%s is answered with an error, and the socket lives', async (_name, frame, code) => {
    const { url } = await start();
    const client = await new Client(url).open();
    client.send(frame);
    expect(await client.next()).toEqual({ type: 'error', id: frame['id'] ?? null, code, message: expect.any(String) });
    expect(await client.rest()).toEqual([]);
  });

  test('track answers with the transaction, as POST would', async () => {
    const { url, call, tracker } = await start();
    const client = await new Client(url).open();
    client.send({ type: 'track', id: 'r1', transaction: { chain: 'ethereum', hash } });
    const frame = await client.next();
    expect(frame).toMatchObject({ type: 'tracked', id: 'r1' });
    expect(frame.transaction).toEqual((await call('GET', `/v1/transactions/${frame.transaction.id}`)).json);
    tracker.before = () => Promise.reject(new TxTrailError('overloaded', 'full', { retryable: true }));
    client.send({ type: 'track', id: 'r2', transaction: { chain: 'ethereum', hash } });
    expect(await client.next()).toMatchObject({ type: 'error', id: 'r2', code: 'overloaded' });
  });
});

describe('subscriptions', () => {
  test('give what is there and what comes, byte-equal, each with its cursor (I03, I04, I05)', async () => {
    const { url, events } = await start();
    const bytes = [events.add(alice), events.add(alice)];
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's1', subscriber: 'alice' });
    expect(await client.next()).toEqual({ type: 'subscribed', id: 's1', cursor: expect.any(String), recovered: true });
    bytes.push(events.add(alice));
    for (let index = 0; index < 3; index += 1) {
      const frame = await client.next();
      expect(frame).toMatchObject({ type: 'event', id: 's1', cursor: expect.any(String) });
      expect(client.texts[index + 1]).toContain(`"event":${bytes[index]}}`);
    }
    events.add({ ...alice, subscriber: 'bob' });
    events.add({ ...alice, tenant: 'other' });
    expect(await client.rest()).toEqual([]);
  });

  test('resume at a cursor, at the acknowledgement, at the latest, and from what HTTP gave', async () => {
    const { url, call, events } = await start();
    for (let count = 0; count < 4; count += 1) events.add(alice);
    const client = await new Client(url).open();
    const read = async (id: string, more: object): Promise<number[]> => {
      client.send({ type: 'subscribe', id, subscriber: 'alice', ...more });
      const [first, ...rest] = await client.rest();
      expect(first).toMatchObject({ type: 'subscribed', recovered: true });
      client.send({ type: 'unsubscribe', id });
      expect(await client.next()).toEqual({ type: 'unsubscribed', id });
      return seqs(rest);
    };
    const { nextCursor } = (await call('GET', '/v1/events?subscriber=alice&limit=3')).json;
    expect(await read('a', { from: nextCursor })).toEqual([4]);
    expect(await read('b', {})).toEqual([1, 2, 3, 4]);
    expect(await read('c', { from: 'latest' })).toEqual([]);
    await call('POST', '/v1/events/ack', { json: { subscriber: 'alice', consumer: 'app', cursor: nextCursor } });
    expect(await read('d', { consumer: 'app' })).toEqual([4]);
    expect(await read('e', { consumer: 'app', from: 'earliest' })).toEqual([1, 2, 3, 4]);
    expect(await read('f', { from: 'earliest', types: ['transaction.failed'] })).toEqual([]);
  });

  test('several on one socket are independent, and events leave in the order of each', async () => {
    const { url, events } = await start();
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 'all' });
    client.send({ type: 'subscribe', id: 'alice', subscriber: 'alice' });
    for (let count = 0; count < 100; count += 1) events.add(alice);
    await expect.poll(() => client.texts.length).toBe(202);
    const frames = await client.rest();
    for (const id of ['all', 'alice']) {
      const own = frames.filter((frame) => frame.type === 'event' && frame.id === id);
      expect(seqs(own)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    }
    client.send({ type: 'subscribe', id: 'all' });
    expect(await client.next()).toMatchObject({ type: 'error', id: 'all', code: 'invalid_request' });
  });

  test('end where a socket has its share of them', async () => {
    const { url } = await start({ websocket: { subscriptionsPerSocket: 2 } });
    const client = await new Client(url).open();
    for (const id of ['1', '2', '3']) client.send({ type: 'subscribe', id });
    expect((await client.rest()).map((frame) => frame.type)).toEqual(['subscribed', 'subscribed', 'error']);
    client.send({ type: 'unsubscribe', id: '1' });
    client.send({ type: 'subscribe', id: '3' });
    expect((await client.rest()).map((frame) => frame.type)).toEqual(['unsubscribed', 'subscribed']);
  });

  test('a cursor too old gives reset and no subscription; its oldest cursor works', async () => {
    const { url, call, events } = await start();
    for (let count = 0; count < 4; count += 1) events.add(alice);
    const { nextCursor } = (await call('GET', '/v1/events?subscriber=alice&limit=1')).json;
    events.trim(3);
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice', from: nextCursor });
    const reset = await client.next();
    expect(reset).toEqual({ type: 'reset', id: 's', reason: 'cursor_too_old', oldestCursor: expect.any(String) });
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice', from: reset.oldestCursor });
    expect(seqs((await client.rest()).slice(1))).toEqual([4]);
  });

  test("another tenant's cursor is not one of ours (I11)", async () => {
    const { url, call, events } = await start();
    events.add(alice);
    const { nextCursor } = (await call('GET', '/v1/events?subscriber=alice', { key: otherKey })).json;
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice', from: nextCursor });
    expect(await client.next()).toMatchObject({ type: 'error', id: 's', code: 'invalid_cursor' });
  });

  test('a closed socket leaves no watcher behind', async () => {
    const { url, events } = await start();
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: '1' });
    client.send({ type: 'subscribe', id: '2', subscriber: 'alice' });
    await client.rest();
    expect(events.watchers).toBe(2);
    client.socket.terminate();
    await expect.poll(() => events.watchers).toBe(0);
  });
});

describe('window and acknowledgement', () => {
  test('at most window events are unacknowledged, and no more than that is read (I17)', async () => {
    const { url, events } = await start();
    for (let count = 0; count < 10; count += 1) events.add(alice);
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice', window: 3 });
    const [, ...first] = await client.rest();
    expect([seqs(first), events.eventsRead]).toEqual([[1, 2, 3], 3]);
    client.send({ type: 'ack', id: 's', cursor: first[1].cursor });
    await expect.poll(() => client.texts.length).toBe(4 + 3 + 2);
    const second = await client.rest();
    expect(seqs(second)).toEqual([4, 5]);
    expect(events.acknowledged(alice, 'default')).toBe(2);
    client.send({ type: 'ack', id: 's', cursor: first[0].cursor });
    expect(await client.rest()).toEqual([]);
    expect(events.acknowledged(alice, 'default')).toBe(2);
  });

  test('an acknowledgement of the same consumer elsewhere makes room', async () => {
    const { url, call, events } = await start();
    for (let count = 0; count < 3; count += 1) events.add(alice);
    const one = await new Client(url).open();
    const two = await new Client(url).open();
    for (const client of [one, two])
      client.send({ type: 'subscribe', id: 's', subscriber: 'alice', consumer: 'app', window: 1 });
    const [, event] = await one.rest();
    expect(seqs((await two.rest()).slice(1))).toEqual([1]);
    one.send({ type: 'ack', id: 's', cursor: event.cursor });
    const second = await two.next();
    expect(second.event.seq).toBe(2);
    await call('POST', '/v1/events/ack', { json: { subscriber: 'alice', consumer: 'app', cursor: second.cursor } });
    expect((await two.next()).event.seq).toBe(3);
  });

  test('window 0 flows without acknowledgement', async () => {
    const { url, events } = await start();
    for (let count = 0; count < 500; count += 1) events.add(alice);
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice', window: 0 });
    await expect.poll(() => client.texts.length).toBe(501);
    expect(events.acknowledged(alice, 'default')).toBeNull();
  });

  test('what is not acknowledged comes again after a reconnect, with the same bytes (I04)', async () => {
    const { url, events } = await start();
    for (let count = 0; count < 3; count += 1) events.add(alice);
    const first = await new Client(url).open();
    first.send({ type: 'subscribe', id: 's', subscriber: 'alice' });
    const [, ...before] = await first.rest();
    first.send({ type: 'ack', id: 's', cursor: before[0].cursor });
    await expect.poll(() => events.acknowledged(alice, 'default')).toBe(1);
    first.socket.terminate();
    const second = await new Client(url).open();
    second.send({ type: 'subscribe', id: 's', subscriber: 'alice' });
    const [, ...after] = await second.rest();
    expect(after).toEqual(before.slice(1));
    const eventsOf = (client: Client): string[] => client.texts.filter((text) => text.includes('"type":"event"'));
    expect(eventsOf(second)).toEqual(eventsOf(first).slice(1));
  });

  test('one beyond what was sent, of another scope or garbage is an error and changes nothing (F46)', async () => {
    const far = await start();
    for (let count = 0; count < 9; count += 1) far.events.add(alice);
    const beyond = (await far.call('GET', '/v1/events?subscriber=alice')).json.nextCursor;
    const { url, call, events } = await start();
    events.add(alice);
    const whole = (await call('GET', '/v1/events')).json.nextCursor;
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice' });
    await client.rest();
    for (const [cursor, code] of [
      [beyond, 'ack_beyond_sent'],
      [whole, 'invalid_cursor'],
      ['garbage', 'invalid_cursor'],
    ]) {
      client.send({ type: 'ack', id: 's', cursor });
      expect(await client.next()).toMatchObject({ type: 'error', id: 's', code });
    }
    expect(events.acknowledged(alice, 'default')).toBeNull();
  });

  test('acknowledgements that arrive while one is made durable are joined', async () => {
    const { url, events } = await start();
    for (let count = 0; count < 50; count += 1) events.add(alice);
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice' });
    const [, ...frames] = await client.rest();
    const gate = Promise.withResolvers<void>();
    events.before = () => gate.promise;
    for (const frame of frames) client.send({ type: 'ack', id: 's', cursor: frame.cursor });
    await client.rest();
    gate.resolve();
    await expect.poll(() => events.acknowledged(alice, 'default')).toBe(50);
    expect(events.acknowledgements).toBeLessThanOrEqual(2);
  });

  test('one that cannot be made durable is an error', async () => {
    const { url, events } = await start();
    events.add(alice);
    const client = await new Client(url).open();
    client.send({ type: 'subscribe', id: 's', subscriber: 'alice' });
    const [, event] = await client.rest();
    events.before = () => Promise.reject(new TxTrailError('overloaded', 'full', { retryable: true }));
    client.send({ type: 'ack', id: 's', cursor: event.cursor });
    expect(await client.next()).toMatchObject({ type: 'error', id: 's', code: 'overloaded' });
  });
});

describe('clients that do not read', () => {
  test('one that never reads costs its bound, disturbs nobody, and is closed as too slow (F45, I17)', async () => {
    const limits = { bufferedBytes: 256 * 1024, slowTimeoutMs: 300, eventsPerRead: 8 };
    const { url, events } = await start({ websocket: limits });
    const slow = await new Client(url).open();
    slow.send({ type: 'subscribe', id: 's', subscriber: 'alice', window: 0 });
    await slow.next();
    slow.socket.pause();
    const weight = 16_384;
    for (let count = 0; count < 2000; count += 1) events.add({ ...alice, weight });
    const quick = await new Client(url).open();
    quick.send({ type: 'subscribe', id: 'q', subscriber: 'bob', window: 0 });
    await quick.next();
    for (let seq = 1; seq <= 20; seq += 1) {
      events.add({ ...alice, subscriber: 'bob' });
      expect((await quick.next()).event.seq).toBe(seq);
    }
    await expect.poll(() => events.watchers, { timeout: 5000 }).toBe(1);
    // The kernel's own buffers on both sides hold some megabytes; of the 32 MB that wait, most were never read.
    expect(events.eventsRead * weight).toBeLessThan(16 * 1024 * 1024);
  });

  test('one that only sends is not read from any more', async () => {
    const { url } = await start({ websocket: { bufferedBytes: 64 * 1024, slowTimeoutMs: 2_000 } });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(
      `GET /v1/ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nauthorization: Bearer ${tenantKey}\r\n\r\n`,
    );
    await once(socket, 'readable');
    const text = Buffer.from(JSON.stringify({ type: 'unsubscribe', id: 'x'.repeat(80) }));
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
    const many = Buffer.concat(Array.from({ length: 2000 }, () => frame));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    let accepted = 0;
    const push = (): void => {
      socket.write(many, (error) => {
        accepted += error == null ? many.length : 0;
        if (error == null) push();
      });
    };
    push();
    await closed;
    // What it took before its answers filled the kernel's buffers; in two seconds it could have read much more.
    expect(accepted).toBeLessThan(192 * 1024 * 1024);
  });

  test('one that does not answer a ping is cut (F50)', async () => {
    const { url, events } = await start({ websocket: { pingIntervalMs: 50, pongTimeoutMs: 50 } });
    const alive = await new Client(url).open();
    const dead = await new Client(url, { client: { autoPong: false } }).open();
    dead.send({ type: 'subscribe', id: 's' });
    expect((await dead.closing()).code).toBe(1006);
    await expect.poll(() => events.watchers).toBe(0);
    expect(await alive.rest()).toEqual([]);
  });
});

describe('operation', () => {
  test('a drain tells clients to come back, then closes with 4001', async () => {
    const { url, gateway } = await start();
    const client = await new Client(url).open();
    const drained = gateway.drain();
    const frame = await client.next();
    expect(frame).toEqual({ type: 'reconnect', afterMs: expect.any(Number) });
    expect(frame.afterMs).toBeLessThanOrEqual(5000);
    expect((await client.closing()).code).toBe(4001);
    await drained;
  });

  test('a drain does not wait for a client that never answers', async () => {
    const { url, gateway } = await start();
    const client = await new Client(url).open();
    client.socket.pause();
    await gateway.drain();
    client.socket.resume();
    await client.closing();
  });

  test.each([
    ['error', new Error('the disk is gone')],
    ['warn', new TxTrailError('store_unavailable', 'the store is away', { retryable: true })],
  ])('events that cannot be read close the socket so that the client comes back: %s', async (level, cause) => {
    const { url, events, logs } = await start();
    const client = await new Client(url).open();
    events.before = () => Promise.reject(cause);
    client.send({ type: 'subscribe', id: 's' });
    expect((await client.closing()).code).toBe(1011);
    expect(logs.filter(({ message }) => message === 'events cannot be read').map((line) => line.level)).toEqual([
      level,
    ]);
  });
});
