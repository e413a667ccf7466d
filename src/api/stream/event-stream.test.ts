import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { fakeCredentials, startGateway, tenantKey } from '../../../test/harness/gateway-fixture.ts';
import type { GatewayFixture, LimitChanges } from '../../../test/harness/gateway-fixture.ts';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { StreamParser } from '../../../test/harness/stream-client.ts';
import type { StreamMessage } from '../../../test/harness/stream-client.ts';
import { createTokenCodec } from '../token.ts';

const alice = { tenant: 'default', subscriber: 'alice' };
const started: GatewayFixture[] = [];
const opened: Reader[] = [];

async function start(
  limits?: LimitChanges,
  kept?: Parameters<typeof startGateway>[1],
): Promise<GatewayFixture & { open: (query?: string, options?: ReaderOptions) => Promise<Reader> }> {
  const fixture = await startGateway(limits, kept);
  started.push(fixture);
  return { ...fixture, open: (query = '?subscriber=alice', options = {}) => Reader.open(fixture.url, query, options) };
}

afterEach(async () => {
  for (const reader of opened.splice(0)) reader.close();
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

interface ReaderOptions {
  readonly lastEventId?: string;
  readonly key?: string | null;
}

/** Reads a stream as EventSource does, and keeps its text. */
class Reader {
  readonly response: Response;
  readonly messages: StreamMessage[] = [];
  text = '';
  hasEnded = false;
  readonly #parser = new StreamParser();
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
  }

  static async open(url: string, query: string, options: ReaderOptions): Promise<Reader> {
    const abort = new AbortController();
    const key = options.key === undefined ? tenantKey : options.key;
    const response = await fetch(`${url}/v1/events/stream${query}`, {
      signal: abort.signal,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
      },
    });
    const reader = new Reader(response, abort);
    opened.push(reader);
    if (response.status === 200) void reader.#read();
    return reader;
  }

  /** What EventSource would send when it comes back. */
  get lastId(): string {
    return this.#parser.lastId;
  }

  async saw(count: number): Promise<readonly StreamMessage[]> {
    await expect.poll(() => this.messages.length, { interval: 2, timeout: 5000 }).toBeGreaterThanOrEqual(count);
    return this.messages;
  }

  async stood(): Promise<string> {
    await expect.poll(() => this.lastId, { interval: 2, timeout: 5000 }).not.toBe('');
    return this.lastId;
  }

  async ended(): Promise<void> {
    await expect.poll(() => this.hasEnded, { interval: 5, timeout: 5000 }).toBe(true);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const piece of this.response.body ?? []) {
        const text = decoder.decode(piece, { stream: true });
        this.text += text;
        this.messages.push(...this.#parser.push(text));
      }
    } catch {
      // Cut by the server or closed by the test: it has ended either way.
    }
    this.hasEnded = true;
  }
}

const seqs = (messages: readonly StreamMessage[]): number[] => messages.map(({ data }) => JSON.parse(data).seq);

describe('what a stream says', () => {
  test('its head keeps whatever stands between from holding it back', async () => {
    const { open } = await start();
    const { response } = await open();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('traceparent')).toMatch(/^00-/);
  });

  test('each message is an event in its own bytes, with its type and its cursor', async () => {
    const { open, events, call } = await start();
    const json = [events.add(alice), events.add({ ...alice, type: 'transaction.confirmed' })];
    const reader = await open();
    const messages = await reader.saw(2);
    expect(messages.map(({ data }) => data)).toEqual(json);
    expect(messages.map(({ event }) => event)).toEqual(['transaction.included', 'transaction.confirmed']);
    const polled = await call('GET', `/v1/events?subscriber=alice&cursor=${messages[0]!.id}`);
    expect(polled.json.events).toMatchObject([{ seq: 2 }]);
    const acknowledged = await call('POST', '/v1/events/ack', {
      json: { subscriber: 'alice', cursor: messages[1]!.id },
    });
    expect(acknowledged.status).toBe(204);
    json.push(events.add(alice));
    expect((await reader.saw(3))[2]?.data).toBe(json[2]);
  });

  test('it says at once where it stands and how long to wait before coming back', async () => {
    const { open, events } = await start();
    events.add(alice);
    const reader = await open('?subscriber=alice&from=latest');
    const id = await reader.stood();
    expect(reader.text).toBe(`retry: 2000\nid: ${id}\n\n`);
    events.add(alice);
    expect(seqs(await reader.saw(1))).toEqual([2]);
  });

  test('HEAD gives the head and ends', async () => {
    const { call, events } = await start();
    const { status, headers, text } = await call('HEAD', '/v1/events/stream');
    expect([status, headers.get('content-type'), text]).toEqual([200, 'text/event-stream; charset=utf-8', '']);
    expect(events.watchers).toBe(0);
  });
});

describe('where a stream begins', () => {
  async function withFive() {
    const fixture = await start();
    for (let count = 0; count < 5; count += 1) fixture.events.add(alice);
    const all = await (await fixture.open()).saw(5);
    const idOf = (seq: number): string => all[seq - 1]!.id;
    return { ...fixture, idOf };
  }

  test('at the oldest event kept, or at the cursor', async () => {
    const { open, idOf } = await withFive();
    expect(seqs(await (await open()).saw(5))).toEqual([1, 2, 3, 4, 5]);
    expect(seqs(await (await open(`?subscriber=alice&cursor=${idOf(3)}`)).saw(2))).toEqual([4, 5]);
  });

  test('the last id that the client has stands above what its URL says', async () => {
    const { open, idOf } = await withFive();
    const lastEventId = idOf(4);
    for (const query of [`&cursor=${idOf(1)}`, '&from=latest', '&from=earliest']) {
      expect(seqs(await (await open(`?subscriber=alice${query}`, { lastEventId })).saw(1))).toEqual([5]);
    }
    // EventSource sends none, and some clients an empty one, before the first message.
    expect(seqs(await (await open('?subscriber=alice', { lastEventId: '' })).saw(5))).toHaveLength(5);
  });

  test('after what the consumer has acknowledged, where it asks for that', async () => {
    const { open, call, idOf } = await withFive();
    await call('POST', '/v1/events/ack', { json: { subscriber: 'alice', consumer: 'page', cursor: idOf(2) } });
    expect(seqs(await (await open('?subscriber=alice&consumer=page&from=ack')).saw(3))).toEqual([3, 4, 5]);
    expect(seqs(await (await open('?subscriber=alice&consumer=other&from=ack')).saw(5))).toEqual([1, 2, 3, 4, 5]);
  });

  test('a whole tenant, ordered per subscriber', async () => {
    const { open, events } = await start();
    events.add(alice);
    events.add({ subscriber: 'bob' });
    events.add({ tenant: 'other' });
    events.add(alice);
    const messages = await (await open('')).saw(3);
    expect(messages.map(({ data }) => [JSON.parse(data).subscriber, JSON.parse(data).seq])).toEqual([
      ['alice', 1],
      ['bob', 1],
      ['alice', 2],
    ]);
  });

  test('a cursor that is too old gives reset with the oldest one, and then what is kept', async () => {
    const { open, events, idOf } = await withFive();
    events.trim(3);
    const [reset, ...rest] = await (await open('?subscriber=alice', { lastEventId: idOf(1) })).saw(3);
    expect(reset?.event).toBe('reset');
    expect(JSON.parse(reset!.data)).toEqual({ reason: 'cursor_too_old', oldestCursor: reset!.id });
    expect(seqs(rest)).toEqual([4, 5]);
    expect(seqs(await (await open(`?subscriber=alice&cursor=${reset!.id}`)).saw(2))).toEqual([4, 5]);
  });

  test('what becomes too old while it is read gives reset as well', async () => {
    const { open, events } = await start({ stream: { eventsPerRead: 1 } });
    for (let count = 0; count < 3; count += 1) events.add(alice);
    const gate = Promise.withResolvers<void>();
    events.before = () => gate.promise;
    const reader = await open();
    await reader.stood();
    events.trim(2);
    gate.resolve();
    const [reset, event] = await reader.saw(2);
    expect(reset?.event).toBe('reset');
    expect(JSON.parse(event!.data).seq).toBe(3);
  });

  test.each([
    ['a cursor that is not ours', '?cursor=garbage', undefined, 'invalid_cursor'],
    ['a last id that is not ours', '', 'garbage', 'invalid_cursor'],
    ['an unknown field', '?wait=3', undefined, 'invalid_request'],
    ['an unknown place', '?from=middle', undefined, 'invalid_request'],
    ['an unknown type', '?types=transaction.lost', undefined, 'invalid_request'],
    ['an unknown chain', '?chain=nowhere', undefined, 'unknown_chain'],
  ])('%s is 422', async (_name, query, lastEventId, code) => {
    const { open } = await start();
    const { response } = await open(query, lastEventId === undefined ? {} : { lastEventId });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code });
  });

  test("another subscriber's cursor is not ours", async () => {
    const { open, idOf } = await withFive();
    expect((await open(`?subscriber=bob&cursor=${idOf(1)}`)).response.status).toBe(422);
  });
});

describe('a filter', () => {
  test('narrows what comes, and what it leaves out moves the place all the same', async () => {
    const scheduler = new ManualScheduler();
    const { open, events } = await start({}, { scheduler });
    events.add(alice);
    events.add({ ...alice, type: 'transaction.finalized', chain: 'eip155:137', transactionId: 'tx_2' });
    for (let count = 0; count < 3; count += 1) events.add(alice);
    for (const filter of ['types=transaction.finalized,transaction.dropped', 'chain=polygon', 'transaction=tx_2']) {
      const reader = await open(`?subscriber=alice&${filter}`);
      const [only] = await reader.saw(1);
      expect(JSON.parse(only!.data).seq).toBe(2);
      expect(reader.lastId).toBe(only!.id);
      await scheduler.pass(15_000);
      await expect.poll(() => reader.lastId).not.toBe(only!.id);
      expect(reader.messages).toHaveLength(1);
      events.add(alice);
      const next = await open('?subscriber=alice', { lastEventId: reader.lastId });
      expect(seqs(await next.saw(1))[0]).toBe(6 + ['types', 'chain', 'transaction'].indexOf(filter.split('=')[0]!));
      next.close();
      reader.close();
    }
  });
});

describe('how long a stream lasts', () => {
  async function onManualTime() {
    const clock = manualClock();
    const scheduler = new ManualScheduler();
    const fixture = await start({}, { clock, scheduler });
    const token = (subscriber: string, lastsMs: number): string =>
      createTokenCodec(fakeCredentials.cursorSecret).encode({
        tenant: 'default',
        subscriber,
        expiresAtMs: clock.nowMs + lastsMs,
      });
    return { ...fixture, token, pass: (ms: number) => scheduler.pass(ms, clock) };
  }

  test('it shows every 15 seconds that it lives', async () => {
    const { open, pass } = await onManualTime();
    const reader = await open();
    await reader.stood();
    const before = reader.text;
    await pass(14_999);
    await pass(1);
    await expect.poll(() => reader.text).toBe(`${before}:\n\n`);
    await pass(15_000);
    await expect.poll(() => reader.text).toBe(`${before}:\n\n:\n\n`);
  });

  test('it ends after 10 to 15 minutes, and its place with it', async () => {
    const { open, pass, events } = await onManualTime();
    const reader = await open('?subscriber=alice&types=transaction.finalized');
    const begun = await reader.stood();
    await pass(599_000);
    events.add(alice);
    expect(reader.hasEnded).toBe(false);
    await pass(301_000);
    await reader.ended();
    expect(reader.lastId).not.toBe(begun);
    expect(events.watchers).toBe(0);
  });

  test('it ends with the token', async () => {
    const { open, pass, token } = await onManualTime();
    const inUrl = await open(`?token=${token('alice', 20_000)}`, { key: null });
    const inHeader = await open('', { key: token('alice', 30_000) });
    await inHeader.stood();
    await pass(20_000);
    await inUrl.ended();
    expect(inHeader.hasEnded).toBe(false);
    await pass(10_000);
    await inHeader.ended();
  });

  test('a drain ends it at once, tells a time to come back, and does not wait for it', async () => {
    const { open, gateway, events } = await start({ drainTimeoutMs: 600_000 });
    const readers = await Promise.all([open(), open(), open('?types=transaction.finalized')]);
    for (const reader of readers) await reader.stood();
    events.add(alice);
    await readers[0]!.saw(1);
    await gateway.drain();
    for (const reader of readers) {
      await reader.ended();
      const waits = [...reader.text.matchAll(/^retry: (\d+)$/gm)].map((match) => Number(match[1]));
      expect(waits).toHaveLength(2);
      expect(waits[1]).toBeGreaterThanOrEqual(2000);
      expect(waits[1]).toBeLessThanOrEqual(7000);
    }
  });

  test('a client that leaves leaves nothing behind', async () => {
    const { open, events } = await start();
    const reader = await open();
    await reader.stood();
    expect(events.watchers).toBe(1);
    reader.close();
    await expect.poll(() => events.watchers).toBe(0);
  });

  test('events that cannot be read cut it, so that the client comes back', async () => {
    const { open, events, logs } = await start();
    events.before = () => new Promise((_, reject) => setImmediate(() => reject(new Error('the disk is gone'))));
    const reader = await open();
    await reader.ended();
    expect(logs.map(({ message }) => message)).toContain('events cannot be streamed');
    expect(events.watchers).toBe(0);
  });
});

describe('who may read', () => {
  const tokenOf = (subscriber: string): string =>
    createTokenCodec(fakeCredentials.cursorSecret).encode({
      tenant: 'default',
      subscriber,
      expiresAtMs: Date.now() + 3_600_000,
    });

  test('a token in the URL reads its own subscriber, and is in no log line', async () => {
    const { open, events, logs } = await start();
    events.add({ subscriber: 'bob' });
    events.add(alice);
    const token = tokenOf('alice');
    const reader = await open(`?token=${token}`, { key: null });
    expect(seqs(await reader.saw(1))).toEqual([1]);
    expect(JSON.parse(reader.messages[0]!.data).subscriber).toBe('alice');
    reader.close();
    await expect.poll(() => logs.some(({ facts }) => facts['route'] === '/v1/events/stream')).toBe(true);
    expect(JSON.stringify(logs)).not.toContain(token);
  });

  test.each([
    ["the tenant's key in the URL", `?token=${tenantKey}`, 401, 'unauthorized'],
    ['garbage in the URL', '?token=txs_garbage.garbage', 401, 'unauthorized'],
    ['two tokens in the URL', `?token=${tokenOf('alice')}&token=${tokenOf('alice')}`, 401, 'unauthorized'],
    ['nothing', '', 401, 'unauthorized'],
    ["another subscriber's token", `?subscriber=bob&token=${tokenOf('alice')}`, 403, 'forbidden'],
  ])('%s is refused', async (_name, query, status, code) => {
    const { open } = await start();
    const { response } = await open(query, { key: null });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  test('streams above their own bound get 503, and other requests are served', async () => {
    const { open, call } = await start({ eventStreams: 2 });
    const [first] = [await open(), await open()];
    const third = await open();
    expect(third.response.status).toBe(503);
    expect(await third.response.json()).toMatchObject({ code: 'overloaded' });
    expect((await call('GET', '/v1/chains')).status).toBe(200);
    first?.close();
    await expect.poll(async () => (await open()).response.status).toBe(200);
  });
});

describe('a client that does not keep up', () => {
  /** A client that takes nothing from its socket after the head. */
  async function deaf(url: string): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `GET /v1/events/stream?subscriber=alice HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tenantKey}\r\n\r\n`,
    );
    await once(socket, 'readable');
    return socket;
  }

  test('costs its bound, disturbs nobody, and is cut (I17)', async () => {
    const limits = { bufferedBytes: 64 * 1024, eventsPerRead: 8, slowTimeoutMs: 300 };
    const { url, events, open } = await start({ stream: limits });
    const socket = await deaf(url);
    await expect.poll(() => events.watchers).toBe(1);
    for (let count = 0; count < 2000; count += 1) events.add({ ...alice, weight: 8000 });
    await expect.poll(() => events.watchers, { timeout: 10_000 }).toBe(0);
    // Two kernel buffers of some megabytes, the bound, and one read; never the 16 MB there are.
    expect(events.eventsRead).toBeLessThan(1500);
    socket.destroy();
    const other = await open();
    expect(seqs(await other.saw(2000))).toHaveLength(2000);
  });

  test('does not hold a drain', async () => {
    const limits = { bufferedBytes: 64 * 1024, eventsPerRead: 8, slowTimeoutMs: 600_000, closeTimeoutMs: 100 };
    const { url, events, gateway } = await start({ drainTimeoutMs: 600_000, stream: limits });
    const socket = await deaf(url);
    for (let count = 0; count < 2000; count += 1) events.add({ ...alice, weight: 8000 });
    await expect.poll(() => events.eventsRead).toBeGreaterThan(8);
    await gateway.drain();
    socket.destroy();
  });
});
