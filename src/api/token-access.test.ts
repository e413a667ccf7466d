import { afterEach, describe, expect, test } from 'vitest';
import { fakeCredentials, realClock, startGateway } from '../../test/harness/gateway-fixture.ts';
import type { CallResult, GatewayFixture } from '../../test/harness/gateway-fixture.ts';
import { MemoryAnswers } from '../adapters/memory/memory-answers.ts';
import { allOperations } from './operations/all-operations.ts';
import { createTokenCodec } from './token.ts';

const codec = createTokenCodec(fakeCredentials.cursorSecret);
const inAnHour = Date.now() + 3_600_000;
const tokenOf = (subscriber: string, expiresAtMs = inAnHour, tenant = 'default'): string =>
  codec.encode({ tenant, subscriber, expiresAtMs });
const hashOf = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;

const started: GatewayFixture[] = [];

async function start(kept?: Parameters<typeof startGateway>[1]): Promise<GatewayFixture> {
  const fixture = await startGateway({}, kept);
  started.push(fixture);
  return fixture;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

/** Alice's transaction, and an event of hers and of Bob's. */
async function withAlice(): Promise<{ readonly fixture: GatewayFixture; readonly id: string }> {
  const fixture = await start();
  const body = { chain: 'ethereum', hash: hashOf(1), subscriber: 'alice' };
  const { json } = await fixture.call('POST', '/v1/transactions', { json: body });
  fixture.events.add({ subscriber: 'alice', transactionId: json.id });
  fixture.events.add({ subscriber: 'bob' });
  return { fixture, id: json.id };
}

interface Row {
  readonly route: string;
  readonly path?: string;
  readonly body?: (fixture: GatewayFixture) => Promise<object>;
  /** What the tenant's key, Alice's token and Bob's token get for what is Alice's. */
  readonly key: number;
  readonly own: number;
  readonly other: number;
}

/** A cursor of what Alice reads. */
async function ackOfAlice(fixture: GatewayFixture): Promise<object> {
  const { json } = await fixture.call('GET', '/v1/events?subscriber=alice');
  return { subscriber: 'alice', cursor: json.nextCursor };
}

const asked = async (): Promise<object> => ({ chain: 'ethereum', hash: hashOf(2), subscriber: 'alice' });

const rows: readonly Row[] = [
  { route: 'POST /v1/transactions', body: asked, key: 201, own: 201, other: 403 },
  {
    route: 'POST /v1/transactions/batch',
    body: async () => ({ transactions: [await asked()] }),
    key: 200,
    own: 200,
    other: 200,
  },
  { route: 'GET /v1/transactions', path: '/v1/transactions?subscriber=alice', key: 200, own: 200, other: 403 },
  { route: 'GET /v1/transactions/{id}', key: 200, own: 200, other: 404 },
  { route: 'PATCH /v1/transactions/{id}', body: async () => ({ metadata: 1 }), key: 200, own: 403, other: 403 },
  { route: 'DELETE /v1/transactions/{id}', key: 204, own: 403, other: 403 },
  { route: 'POST /v1/transactions/{id}/refresh', key: 200, own: 200, other: 404 },
  { route: 'GET /v1/transactions/{id}/history', key: 200, own: 200, other: 404 },
  { route: 'GET /v1/events', path: '/v1/events?subscriber=alice', key: 200, own: 200, other: 403 },
  { route: 'GET /v1/events/stream', path: '/v1/events/stream?subscriber=alice', key: 200, own: 200, other: 403 },
  { route: 'POST /v1/events/ack', body: ackOfAlice, key: 204, own: 204, other: 403 },
  { route: 'GET /v1/chains', key: 200, own: 200, other: 200 },
  { route: 'GET /v1/chains/{chain}', path: '/v1/chains/ethereum', key: 200, own: 200, other: 200 },
  { route: 'POST /v1/tokens', body: async () => ({ subscriber: 'alice' }), key: 201, own: 403, other: 403 },
];

const problemCodes: Readonly<Record<number, string>> = { 403: 'forbidden', 404: 'not_found' };

describe('every route', () => {
  test('stands in the table below, but those that anybody may call', () => {
    const routes = allOperations
      .filter(({ access, id }) => access !== 'public' && id !== 'openSocket')
      .map(({ method, path }) => `${method} ${path}`);
    expect(routes.toSorted()).toEqual(rows.map(({ route }) => route).toSorted());
  });

  describe.each(rows)('$route', (row) => {
    const method = row.route.split(' ')[0]!;

    async function ask(
      credential: string | null,
      inUrl = false,
    ): Promise<{ readonly result: CallResult; readonly logs: string }> {
      const { fixture, id } = await withAlice();
      const path = row.path ?? row.route.split(' ')[1]!.replace('{id}', id);
      const url = inUrl ? `${path}${path.includes('?') ? '&' : '?'}token=${credential}` : path;
      const json = row.body === undefined ? undefined : await row.body(fixture);
      const result = await fixture.call(method, url, {
        ...(credential === null || inUrl ? { key: null } : credential === 'KEY' ? {} : { key: credential }),
        ...(json === undefined ? {} : { json }),
      });
      return { result, logs: JSON.stringify(fixture.logs) };
    }

    test('with the key', async () => {
      expect((await ask('KEY')).result.status).toBe(row.key);
    });

    test.each([
      ['the token of whose it is', 'alice', row.own],
      ["another subscriber's token", 'bob', row.other],
    ])('with %s', async (_name, subscriber, status) => {
      const token = tokenOf(subscriber);
      const { result, logs } = await ask(token);
      expect(result.status).toBe(status);
      if (status >= 400) expect(result.json.code).toBe(problemCodes[status]);
      expect(logs).not.toContain(token);
      expect(logs).not.toContain('txs_');
    });

    test('with an expired token it is 401 and says so', async () => {
      const { result } = await ask(tokenOf('alice', Date.now() - 1));
      expect([result.status, result.json.code]).toEqual([401, 'token_expired']);
      expect(result.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
    });

    test.each([
      ['garbage', 'txs_garbage.garbage'],
      ['a token of another installation', `${tokenOf('alice').slice(0, -4)}AAAA`],
      ['nothing', null],
    ])('with %s it is 401', async (_name, credential) => {
      const { result } = await ask(credential);
      expect([result.status, result.json.code]).toEqual([401, 'unauthorized']);
    });

    test('a token in the URL is looked at by the stream alone', async () => {
      const { result } = await ask(tokenOf('alice'), true);
      expect(result.status).toBe(row.route.endsWith('/stream') ? 200 : 401);
    });
  });
});

describe('a token', () => {
  test('is made for a subscriber, for an hour or less', async () => {
    const { call } = await start();
    const made = await call('POST', '/v1/tokens', { json: { subscriber: 'alice', ttlSeconds: 60 } });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      token: expect.stringMatching(/^txs_/),
      subscriber: 'alice',
      expiresAt: expect.any(String),
    });
    const grant = codec.decode(made.json.token);
    expect(grant).toEqual({
      tenant: 'default',
      subscriber: 'alice',
      expiresAtMs: Date.parse(made.json.expiresAt),
    });
    const longest = await call('POST', '/v1/tokens', { json: { subscriber: 'alice' } });
    const lastsMs = Date.parse(longest.json.expiresAt) - Date.parse(made.json.expiresAt);
    expect(lastsMs).toBeGreaterThanOrEqual(3_540_000);
  });

  test.each([
    ['no subscriber', {}, '/subscriber'],
    ['an empty subscriber', { subscriber: '' }, '/subscriber'],
    ['too long', { subscriber: 'alice', ttlSeconds: 3601 }, '/ttlSeconds'],
    ['no time at all', { subscriber: 'alice', ttlSeconds: 0 }, '/ttlSeconds'],
    ['half a second too many', { subscriber: 'alice', ttlSeconds: 1.5 }, '/ttlSeconds'],
    ['a field that does not exist', { subscriber: 'alice', scope: 'all' }, '/scope'],
  ])('is refused with %s', async (_name, json, path) => {
    const { call } = await start();
    const refused = await call('POST', '/v1/tokens', { json });
    expect(refused.status).toBe(422);
    expect(refused.json.errors).toMatchObject([{ path }]);
  });

  test('of another tenant sees nothing of this one', async () => {
    const { fixture, id } = await withAlice();
    const key = tokenOf('alice', inAnHour, 'other');
    expect((await fixture.call('GET', `/v1/transactions/${id}`, { key })).status).toBe(404);
    expect((await fixture.call('GET', '/v1/transactions', { key })).json.data).toEqual([]);
    expect((await fixture.call('GET', '/v1/events', { key })).json.events).toEqual([]);
  });

  test('reads, lists and registers its own subscriber where none is named', async () => {
    const { fixture } = await withAlice();
    const { call } = fixture;
    await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash: hashOf(3), subscriber: 'bob' } });
    const key = tokenOf('alice');
    expect((await call('GET', '/v1/events', { key })).json.events).toMatchObject([{ subscriber: 'alice' }]);
    const made = await call('POST', '/v1/transactions', { key, json: { chain: 'ethereum', hash: hashOf(4) } });
    expect(made.json.subscriber).toBe('alice');
    const listed = await call('GET', '/v1/transactions', { key });
    expect(listed.json.data.map(({ subscriber }: { subscriber: string }) => subscriber)).toEqual(['alice', 'alice']);
    const { nextCursor } = (await call('GET', '/v1/events', { key })).json;
    expect((await call('POST', '/v1/events/ack', { key, json: { cursor: nextCursor } })).status).toBe(204);
    const scope = { tenant: 'default', subscriber: 'alice' };
    expect(fixture.events.acknowledged(scope, 'default')).toBe(1);
  });

  test("answers another subscriber's transaction exactly as one that does not exist", async () => {
    const { fixture, id } = await withAlice();
    const key = tokenOf('bob');
    for (const rest of ['', '/history']) {
      const there = await fixture.call('GET', `/v1/transactions/${id}${rest}`, { key });
      const nowhere = await fixture.call('GET', `/v1/transactions/tx_none${rest}`, { key });
      expect([there.status, there.text]).toEqual([nowhere.status, nowhere.text]);
    }
  });

  test('spoils nothing in a batch but the entry that names another subscriber', async () => {
    const { call, tracker } = await start();
    const entry = (n: number, subscriber?: string): object => ({
      chain: 'ethereum',
      hash: hashOf(n),
      ...(subscriber === undefined ? {} : { subscriber }),
    });
    const transactions = [entry(1), entry(2, 'bob'), entry(3, 'alice')];
    const { json } = await call('POST', '/v1/transactions/batch', { key: tokenOf('alice'), json: { transactions } });
    expect(json.results).toMatchObject([
      { transaction: { subscriber: 'alice', hash: hashOf(1) } },
      { error: { status: 403, code: 'forbidden' } },
      { transaction: { subscriber: 'alice', hash: hashOf(3) } },
    ]);
    expect(tracker.transactions('default', { subscriber: 'bob', after: 0, limit: 10 }).transactions).toEqual([]);
  });

  test("does not get the answer that another subscriber's token got under the same Idempotency-Key", async () => {
    const answers = new MemoryAnswers({ clock: realClock });
    const { call } = await start({ answers });
    const ask = (key: string): Promise<CallResult> =>
      call('POST', '/v1/transactions', {
        key,
        headers: { 'idempotency-key': 'first' },
        json: { chain: 'ethereum', hash: hashOf(1) },
      });
    const alice = await ask(tokenOf('alice'));
    const bob = await ask(tokenOf('bob'));
    expect([alice.json.subscriber, bob.json.subscriber]).toEqual(['alice', 'bob']);
    const again = await ask(tokenOf('alice', inAnHour + 1));
    expect(again.text).toBe(alice.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  test('gets 404 for what no route takes, like a key', async () => {
    const { call } = await start();
    expect((await call('GET', '/v1/nothing', { key: tokenOf('alice') })).status).toBe(404);
  });
});
