import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { eventTypes } from '@txtrail/protocol';
import { MemoryAnswers } from '../adapters/memory/memory-answers.ts';
import { TxTrailError } from '../lib/error.ts';
import { otherKey, realClock, startGateway, tenantKey } from '../../test/harness/gateway-fixture.ts';
import type { CallResult, GatewayFixture, LimitChanges } from '../../test/harness/gateway-fixture.ts';

const hash = `0x${'ab'.repeat(32)}`;
const started: GatewayFixture[] = [];

async function start(limits?: LimitChanges, kept?: { readonly answers?: MemoryAnswers }): Promise<GatewayFixture> {
  const fixture = await startGateway(limits, kept);
  started.push(fixture);
  return fixture;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

function expectProblem(result: CallResult, status: number, code: string): void {
  expect([result.status, result.json?.code]).toEqual([status, code]);
  expect(result.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(result.json).toMatchObject({
    status,
    code,
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(result.headers.get('x-content-type-options')).toBe('nosniff');
}

describe('tracking', () => {
  test('asks the providers now, with or without a body or its type', async () => {
    const { call, tracker } = await start();
    const { id } = (await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } })).json;
    const refresh = {
      asked: ['p1'],
      answered: ['p1'],
      outcome: 'absent',
      reasons: [{ provider: 'p1', reason: 'it does not show it' }],
    };
    const json = { 'content-type': 'application/json' };
    for (const options of [{}, { headers: json }, { json: {} }]) {
      const answer = await call('POST', `/v1/transactions/${id}/refresh`, options);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ ...tracker.transaction('default', id), refresh });
    }
    expectProblem(await call('POST', '/v1/transactions/tx_nothing/refresh'), 404, 'not_found');
    expectProblem(await call('POST', `/v1/transactions/${id}/refresh`, { key: otherKey }), 404, 'not_found');
    expectProblem(await call('POST', `/v1/transactions/${id}/refresh?force=1`), 422, 'invalid_request');
  });

  test('registers, reads, changes, lists and forgets a transaction', async () => {
    const { call } = await start();
    const made = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash, subscriber: 'alice' } });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ chain: 'eip155:1', hash, subscriber: 'alice', status: 'unknown' });
    expect(made.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const path = `/v1/transactions/${made.json.id}`;
    expect((await call('GET', path)).json).toEqual(made.json);
    expect((await call('PATCH', path, { json: { confirmations: 20 } })).json.requiredConfirmations).toBe(20);
    expect(
      (await call('GET', `/v1/transactions?chain=eip155:1&subscriber=alice&status=unknown&hash=${hash}`)).json.data,
    ).toHaveLength(1);
    const gone = await call('DELETE', path, { headers: { 'content-type': 'application/json' } });
    expect([gone.status, gone.text]).toEqual([204, '']);
    expectProblem(await call('GET', path), 404, 'not_found');
    expectProblem(await call('DELETE', path), 404, 'not_found');
    expectProblem(await call('PATCH', path, { json: {} }), 404, 'not_found');
  });

  test('upper-case digits name the same transaction, answered in lower case', async () => {
    const { call } = await start();
    const first = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash: `0x${'AB'.repeat(32)}` } });
    const second = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.json).toEqual(first.json);
    expect(first.json.hash).toBe(hash);
    expectProblem(
      await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash, confirmations: 2 } }),
      409,
      'transaction_conflict',
    );
  });

  test('lists page by page with signed cursors that no other tenant can use', async () => {
    const { call } = await start();
    for (const subscriber of ['a', 'b', 'c'])
      await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash, subscriber } });
    const first = await call('GET', '/v1/transactions?limit=2');
    const rest = await call('GET', `/v1/transactions?limit=2&cursor=${first.json.nextCursor}`);
    expect([...first.json.data, ...rest.json.data].map((found: { subscriber: string }) => found.subscriber)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(rest.json.nextCursor).toBeNull();
    expectProblem(
      await call('GET', `/v1/transactions?cursor=${first.json.nextCursor}`, { key: otherKey }),
      422,
      'invalid_cursor',
    );
    expectProblem(await call('GET', '/v1/transactions?cursor=garbage'), 422, 'invalid_cursor');
  });
});

describe('bad input', () => {
  const mistakes: readonly [string, unknown, readonly string[]][] = [
    ['not an object', [], ['']],
    ['a text', 'x', ['']],
    ['null', null, ['']],
    ['nothing in it', {}, ['', '/chain']],
    ['hash and raw', { chain: 'ethereum', hash, raw: '0x02' }, ['']],
    ['a hash too short', { chain: 'ethereum', hash: '0xabc' }, ['/hash']],
    ['a hash too long', { chain: 'ethereum', hash: `${hash}00` }, ['/hash']],
    ['a hash with other digits', { chain: 'ethereum', hash: `0x${'zz'.repeat(32)}` }, ['/hash']],
    ['a hash without 0x', { chain: 'ethereum', hash: 'ab'.repeat(32) }, ['/hash']],
    [
      'wrong types',
      { chain: 1, hash: 2, nonce: '3', private: 'yes', types: 'all' },
      ['/chain', '/hash', '/nonce', '/private', '/types'],
    ],
    ['an unknown field', { chain: 'ethereum', hash, 'a/b~c': 1 }, ['/a~1b~0c']],
    ['confirmations of 0', { chain: 'ethereum', hash, confirmations: 0 }, ['/confirmations']],
    ['confirmations in words', { chain: 'ethereum', hash, confirmations: 'soon' }, ['/confirmations']],
    ['confirmations as a text', { chain: 'ethereum', hash, confirmations: '3' }, ['/confirmations']],
    ['a broken threshold', { chain: 'ethereum', hash, thresholds: [1, 1.5] }, ['/thresholds/1']],
    ['thresholds not below the count', { chain: 'ethereum', hash, confirmations: 3, thresholds: [3] }, ['/thresholds']],
    ['an unknown event type', { chain: 'ethereum', hash, types: ['transaction.mined'] }, ['/types/0']],
    ['a subscriber too long', { chain: 'ethereum', hash, subscriber: 'x'.repeat(129) }, ['/subscriber']],
    ['a control character', { chain: 'ethereum', hash, subscriber: 'a\nb' }, ['/subscriber']],
    ['half a surrogate pair', { chain: 'ethereum', hash, subscriber: 'a\ud800' }, ['/subscriber']],
    ['a sender too short', { chain: 'ethereum', hash, from: '0x12' }, ['/from']],
    ['a negative nonce', { chain: 'ethereum', hash, nonce: -1 }, ['/nonce']],
    ['a time in words', { chain: 'ethereum', hash, expiresAt: 'tomorrow' }, ['/expiresAt']],
    ['a day that is none', { chain: 'ethereum', hash, expiresAt: '2030-13-45T00:00:00Z' }, ['/expiresAt']],
    ['metadata over 2 kB', { chain: 'ethereum', hash, metadata: { text: 'x'.repeat(2100) } }, ['/metadata']],
  ];

  test.each(mistakes)('%s is 422 with its path', async (_name, json, paths) => {
    const { call, tracker } = await start();
    const result = await call('POST', '/v1/transactions', { json });
    expectProblem(result, 422, 'invalid_request');
    expect(result.json.errors.map((error: { path: string }) => error.path).sort()).toEqual(paths);
    expect(tracker.transactions('default', { after: 0, limit: 10 }).transactions).toEqual([]);
  });

  test('metadata of 2 kB, null as metadata and a subscriber of 128 characters are taken', async () => {
    const { call } = await start();
    const metadata = { text: 'x'.repeat(2048 - '{"text":""}'.length) };
    const json = { chain: 'ethereum', hash, metadata, subscriber: '😀'.repeat(128) };
    expect((await call('POST', '/v1/transactions', { json })).status).toBe(201);
    expect((await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash, metadata: null } })).status).toBe(
      201,
    );
  });

  test('metadata nested deeper than can be written is 422, and the server lives', async () => {
    const { call } = await start();
    const body = `{"chain":"ethereum","hash":"${hash}","metadata":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expectProblem(await call('POST', '/v1/transactions', { body }), 422, 'invalid_request');
    expect((await call('GET', '/v1/chains')).status).toBe(200);
  });

  test('an unknown chain is 422 unknown_chain with the path', async () => {
    const { call } = await start();
    const result = await call('POST', '/v1/transactions', { json: { chain: 'nowhere', hash } });
    expectProblem(result, 422, 'unknown_chain');
    expect(result.json.errors).toMatchObject([{ path: '/chain' }]);
    expectProblem(await call('GET', '/v1/events?chain=nowhere'), 422, 'unknown_chain');
  });

  test.each([
    ['a cut object', '{"chain":'],
    ['words', 'hello'],
    ['nothing', ''],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('%s as the body is 400 malformed_json', async (_name, body) => {
    const { call } = await start();
    expectProblem(
      await call('POST', '/v1/transactions', { body, headers: { 'content-type': 'application/json' } }),
      400,
      'malformed_json',
    );
  });

  test.each(['{"__proto__":{"x":1}}', '{"metadata":{"__proto__":1}}', '{"constructor":{"prototype":{}}}'])(
    'a key that reaches a prototype is 400: %s',
    async (body) => {
      const { call } = await start();
      expectProblem(await call('POST', '/v1/transactions', { body }), 400, 'bad_request');
    },
  );

  test('another content type is 415', async () => {
    const { call } = await start();
    const body = JSON.stringify({ chain: 'ethereum', hash });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
      expectProblem(
        await call('POST', '/v1/transactions', { body, headers: { 'content-type': type } }),
        415,
        'unsupported_media_type',
      );
    }
    const withCharset = await call('POST', '/v1/transactions', {
      body,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(withCharset.status).toBe(201);
  });

  test('a body of 2 MB is 413, one over 8 MiB for a batch too, and the server goes on', async () => {
    const { call } = await start();
    const json = { chain: 'ethereum', hash, metadata: 'x'.repeat(2_000_000) };
    expectProblem(await call('POST', '/v1/transactions', { json }), 413, 'body_too_large');
    expect((await call('POST', '/v1/transactions/batch', { json: { transactions: [json] } })).status).toBe(200);
    const big = { transactions: [{ ...json, metadata: 'x'.repeat(9_000_000) }] };
    expectProblem(await call('POST', '/v1/transactions/batch', { json: big }), 413, 'body_too_large');
    expect((await call('GET', '/v1/chains')).status).toBe(200);
  });

  test.each([
    ['/v1/transactions?color=red', '/color'],
    ['/v1/transactions?limit=0', '/limit'],
    ['/v1/transactions?limit=501', '/limit'],
    ['/v1/transactions?limit=1&limit=2', '/limit'],
    ['/v1/transactions?status=mined', '/status'],
    ['/v1/transactions?hash=0x12', '/hash'],
    ['/v1/transactions?__proto__=1', '/__proto__'],
    ['/v1/events?wait=31', '/wait'],
    ['/v1/events?wait=soon', '/wait'],
    ['/v1/events?from=start', '/from'],
    ['/v1/events?types=transaction.included,nothing', '/types/1'],
    ['/v1/chains?x=1', '/x'],
    ['/v1/chains/ethereum?x=1', '/x'],
  ])('the query of %s is 422 with its path', async (path, mistaken) => {
    const { call } = await start();
    const result = await call('GET', path);
    expectProblem(result, 422, 'invalid_request');
    expect(result.json.errors).toMatchObject([{ path: mistaken }]);
  });

  test('a path that cannot be decoded, an unknown one and another method are problems too', async () => {
    const { call } = await start();
    expectProblem(await call('GET', '/v1/transactions/%zz'), 400, 'bad_request');
    expectProblem(await call('GET', `/v1/transactions/${'x'.repeat(500)}`), 404, 'not_found');
    expectProblem(await call('GET', '/v1/webhooks'), 404, 'not_found');
    expectProblem(await call('GET', '/'), 404, 'not_found');
    expectProblem(await call('GET', '/v1/ws'), 400, 'bad_request');
  });

  test.each([
    ['PUT', '/v1/transactions', 'POST, GET, HEAD'],
    ['POST', '/v1/transactions/tx_1', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/v1/events/ack', 'POST'],
    ['DELETE', '/openapi.json', 'GET, HEAD'],
  ])('%s on %s is 405 and tells what is taken, whatever the body', async (method, path, allow) => {
    const { call } = await start();
    const result = await call(method, path, method === 'GET' ? {} : { body: 'not json' });
    expectProblem(result, 405, 'method_not_allowed');
    expect(result.headers.get('allow')).toBe(allow);
    expect((await call(method, path, { key: null })).status).toBe(path.startsWith('/v1/') ? 401 : 405);
  });

  test('bytes that are not HTTP get a problem, and no server banner is shown', async () => {
    const { url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('this is not http\r\n\r\n');
    let text = '';
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"code":"bad_request"');
    expect(text.toLowerCase()).not.toMatch(/\r\n(server|x-powered-by):/);
  });
});

describe('who may call', () => {
  test.each([
    ['no key', null, {}],
    ['a wrong key', 'not-a-key', {}],
    ['another scheme', null, { authorization: `Basic ${tenantKey}` }],
    ['an empty key', null, { authorization: 'Bearer ' }],
  ])('%s is 401 before anything else is looked at', async (_name, key, headers) => {
    const { call } = await start();
    for (const [method, path] of [
      ['GET', '/v1/transactions'],
      ['POST', '/v1/transactions'],
      ['GET', '/v1/nothing'],
    ] as const) {
      const result = await call(method, path, { key, headers, ...(method === 'POST' ? { body: 'not json' } : {}) });
      expectProblem(result, 401, 'unauthorized');
      expect(result.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  test('what belongs to another tenant answers exactly as what does not exist (I11)', async () => {
    const { call, events } = await start();
    const made = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    events.add({ transactionId: made.json.id });
    for (const [method, suffix, json] of [
      ['GET', ''],
      ['PATCH', '', { confirmations: 3 }],
      ['DELETE', ''],
      ['GET', '/history'],
    ] as const) {
      const options = { key: otherKey, ...(json === undefined ? {} : { json }) };
      const foreign = await call(method, `/v1/transactions/${made.json.id}${suffix}`, options);
      const unknown = await call(method, `/v1/transactions/tx_none${suffix}`, options);
      expectProblem(foreign, 404, 'not_found');
      expect(foreign.text).toBe(unknown.text);
    }
    expect((await call('GET', '/v1/transactions', { key: otherKey })).json.data).toEqual([]);
    expect((await call('GET', '/v1/events', { key: otherKey })).json.events).toEqual([]);
  });
});

describe('batches', () => {
  test('one bad entry spoils only itself, and each answer stands in its place', async () => {
    const { call, tracker } = await start();
    const transactions = [
      { chain: 'ethereum', hash },
      { chain: 'ethereum', hash: '0x1' },
      { chain: 'nowhere', hash },
      7,
      { chain: 'polygon', hash },
    ];
    const single = await call('POST', '/v1/transactions', { json: transactions[1] });
    const result = await call('POST', '/v1/transactions/batch', { json: { transactions } });
    expect(result.status).toBe(200);
    expect(result.json.results).toMatchObject([
      { transaction: { chain: 'eip155:1' } },
      { error: { code: 'invalid_request', errors: [{ path: '/hash' }] } },
      { error: { code: 'unknown_chain' } },
      { error: { code: 'invalid_request' } },
      { transaction: { chain: 'eip155:137' } },
    ]);
    expect(result.json.results[1].error).toEqual(single.json);
    expect(tracker.calls).toEqual(['trackBatch']);
  });

  test('Prefer: return=minimal gives ids only', async () => {
    const { call } = await start();
    const json = { transactions: [{ chain: 'ethereum', hash }, {}] };
    const result = await call('POST', '/v1/transactions/batch', {
      json,
      headers: { prefer: 'respond-async, return=minimal' },
    });
    expect(result.headers.get('preference-applied')).toBe('return=minimal');
    expect(result.json.results[0]).toEqual({ id: expect.stringMatching(/^tx_/) });
    expect(result.json.results[1].error.code).toBe('invalid_request');
  });

  test('1,000 are taken, 1,001 are 422, none is an empty answer', async () => {
    const { call } = await start();
    const batch = (count: number): object => ({
      transactions: Array.from({ length: count }, (_, index) => ({
        chain: 'ethereum',
        hash: `0x${index.toString(16).padStart(64, '0')}`,
      })),
    });
    const full = await call('POST', '/v1/transactions/batch', { json: batch(1000) });
    expect(new Set(full.json.results.map((entry: { transaction: { id: string } }) => entry.transaction.id)).size).toBe(
      1000,
    );
    const over = await call('POST', '/v1/transactions/batch', { json: batch(1001) });
    expectProblem(over, 422, 'invalid_request');
    expect(over.json.errors).toMatchObject([{ path: '/transactions' }]);
    expect((await call('POST', '/v1/transactions/batch', { json: batch(0) })).json).toEqual({ results: [] });
  });
});

describe('Idempotency-Key (I16)', () => {
  const headers = { 'idempotency-key': 'order 17' };

  test('the same key and body get the same bytes, also after a restart; another body is 409', async () => {
    const answers = new MemoryAnswers({ clock: realClock });
    const first = await start({}, { answers });
    const json = { chain: 'ethereum', hash };
    const made = await first.call('POST', '/v1/transactions', { json, headers });
    const again = await first.call('POST', '/v1/transactions', { json, headers });
    expect([made.status, again.status, again.text]).toEqual([201, 201, made.text]);
    const second = await start({}, { answers });
    const later = await second.call('POST', '/v1/transactions', { json, headers });
    expect([later.status, later.text]).toEqual([201, made.text]);
    expect(second.tracker.calls).toEqual([]);
    expectProblem(
      await second.call('POST', '/v1/transactions', { json: { ...json, nonce: 1 }, headers }),
      409,
      'idempotency_conflict',
    );
    expectProblem(
      await second.call('POST', '/v1/transactions/batch', { json: { transactions: [] }, headers }),
      409,
      'idempotency_conflict',
    );
    expect((await second.call('POST', '/v1/transactions', { json, headers, key: otherKey })).status).toBe(201);
  });

  test('refusals are answers too, with their content type', async () => {
    const { call, tracker } = await start();
    const json = { chain: 'nowhere', hash };
    const first = await call('POST', '/v1/transactions', { json, headers });
    const again = await call('POST', '/v1/transactions', { json, headers });
    expectProblem(again, 422, 'unknown_chain');
    expect([again.text, tracker.calls.length]).toEqual([first.text, 1]);
  });

  test('a second call in flight waits for the first; one with another body does not', async () => {
    const { call, tracker } = await start();
    const gate = Promise.withResolvers<void>();
    tracker.before = () => gate.promise;
    const json = { chain: 'ethereum', hash };
    const both = [
      call('POST', '/v1/transactions', { json, headers }),
      call('POST', '/v1/transactions', { json, headers }),
    ];
    await expect.poll(() => tracker.calls.length).toBe(1);
    expectProblem(
      await call('POST', '/v1/transactions', { json: { ...json, nonce: 1 }, headers }),
      409,
      'idempotency_conflict',
    );
    gate.resolve();
    const [one, two] = await Promise.all(both);
    expect([one?.status, two?.status, two?.text]).toEqual([201, 201, one?.text]);
    expect(tracker.calls).toEqual(['track']);
  });

  test('an answer that invites another try is not kept', async () => {
    const { call, tracker } = await start();
    tracker.before = () => Promise.reject(new TxTrailError('overloaded', 'full', { retryable: true }));
    const json = { chain: 'ethereum', hash };
    expectProblem(await call('POST', '/v1/transactions', { json, headers }), 503, 'overloaded');
    tracker.before = () => Promise.resolve();
    expect((await call('POST', '/v1/transactions', { json, headers })).status).toBe(201);
  });

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['not printable', 'caf\u00e9'],
  ])('a key that is %s is 422', async (_name, key) => {
    const { call } = await start();
    expectProblem(
      await call('POST', '/v1/transactions', {
        json: { chain: 'ethereum', hash },
        headers: { 'idempotency-key': key },
      }),
      422,
      'invalid_request',
    );
  });

  test('deletions and acknowledgements take it too', async () => {
    const { call, events, tracker } = await start();
    const made = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    for (let round = 0; round < 2; round += 1) {
      expect((await call('DELETE', `/v1/transactions/${made.json.id}`, { headers })).status).toBe(204);
    }
    expect(tracker.calls.filter((name) => name === 'untrack')).toHaveLength(1);
    events.add();
    const { nextCursor } = (await call('GET', '/v1/events')).json;
    for (let round = 0; round < 2; round += 1) {
      const ack = await call('POST', '/v1/events/ack', {
        json: { cursor: nextCursor },
        headers: { 'idempotency-key': 'ack' },
      });
      expect(ack.status).toBe(204);
    }
    expect(events.acknowledgements).toBe(1);
  });
});

describe('events', () => {
  test('come byte-equal, page by page, and the last cursor gives exactly what is missing (I04, I24)', async () => {
    const { call, events } = await start();
    const bytes = [1, 2, 3].map(() => events.add({ subscriber: 'alice' }));
    const first = await call('GET', '/v1/events?subscriber=alice&limit=2');
    expect(first.text).toContain(`"events":[${bytes[0]},${bytes[1]}]`);
    expect(first.json.hasMore).toBe(true);
    // Each event has its own cursor, so that a page can be acknowledged, or read on, from its middle.
    expect(first.json.cursors).toHaveLength(2);
    expect(first.json.cursors[1]).toBe(first.json.nextCursor);
    const middle = await call('GET', `/v1/events?subscriber=alice&cursor=${first.json.cursors[0]}`);
    expect(middle.text).toContain(`"events":[${bytes[1]},${bytes[2]}]`);
    const second = await call('GET', `/v1/events?subscriber=alice&cursor=${first.json.nextCursor}`);
    expect(second.text).toContain(`"events":[${bytes[2]}]`);
    expect(second.json.hasMore).toBe(false);
    const end = await call('GET', `/v1/events?subscriber=alice&cursor=${second.json.nextCursor}`);
    expect(end.json).toEqual({ events: [], cursors: [], nextCursor: second.json.nextCursor, hasMore: false });
  });

  test('a cursor is valid under any filter of its scope, and under no other scope or tenant', async () => {
    const { call, events } = await start();
    events.add({ subscriber: 'alice', type: 'transaction.pending' });
    events.add({ subscriber: 'alice', type: 'transaction.included', chain: 'eip155:137', transactionId: 'tx_2' });
    const { nextCursor } = (await call('GET', '/v1/events?subscriber=alice&limit=1')).json;
    for (const filter of [
      'types=transaction.included',
      `types=${eventTypes.join(',')}`,
      'chain=polygon',
      'transaction=tx_2',
    ]) {
      expect(
        (await call('GET', `/v1/events?subscriber=alice&cursor=${nextCursor}&${filter}`)).json.events,
      ).toHaveLength(1);
    }
    for (const path of ['', '&subscriber=bob']) {
      expectProblem(await call('GET', `/v1/events?cursor=${nextCursor}${path}`), 422, 'invalid_cursor');
    }
    expectProblem(
      await call('GET', `/v1/events?subscriber=alice&cursor=${nextCursor}`, { key: otherKey }),
      422,
      'invalid_cursor',
    );
    expectProblem(await call('GET', '/v1/events?subscriber=alice&cursor=garbage'), 422, 'invalid_cursor');
  });

  test('a filter that leaves everything out still moves the cursor', async () => {
    const { call, events } = await start();
    events.add({ type: 'transaction.pending' });
    const skipped = (await call('GET', '/v1/events?types=transaction.failed')).json;
    expect(skipped.events).toEqual([]);
    expect((await call('GET', `/v1/events?cursor=${skipped.nextCursor}`)).json.events).toEqual([]);
  });

  test('from: earliest, latest, and ack, where who never acknowledged stands before the oldest', async () => {
    const { call, events } = await start();
    events.add();
    events.add();
    const read = async (query: string): Promise<number[]> =>
      (await call('GET', `/v1/events?subscriber=default&${query}`)).json.events.map(
        (event: { seq: number }) => event.seq,
      );
    expect(await read('')).toEqual([1, 2]);
    expect(await read('from=latest')).toEqual([]);
    expect(await read('from=ack&consumer=app')).toEqual([1, 2]);
    const one = (await call('GET', '/v1/events?subscriber=default&limit=1')).json.nextCursor;
    expect(
      (await call('POST', '/v1/events/ack', { json: { subscriber: 'default', consumer: 'app', cursor: one } })).status,
    ).toBe(204);
    expect(await read('from=ack&consumer=app')).toEqual([2]);
    expect(await read('from=ack')).toEqual([1, 2]);
  });

  test('a long poll waits for an event, or for its time, and leaves no watcher behind', async () => {
    const { call, events } = await start();
    const waiting = call('GET', '/v1/events?wait=30');
    await expect.poll(() => events.watchers).toBe(1);
    const bytes = events.add();
    expect((await waiting).text).toContain(bytes);
    expect((await call('GET', '/v1/events?wait=1&from=latest')).json.events).toEqual([]);
    expect(events.watchers).toBe(0);
  });

  test('a long poll whose caller went away ends', async () => {
    const { url, events } = await start();
    const abort = new AbortController();
    const waiting = fetch(`${url}/v1/events?wait=30`, {
      headers: { authorization: `Bearer ${tenantKey}` },
      signal: abort.signal,
    });
    await expect.poll(() => events.watchers).toBe(1);
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => events.watchers).toBe(0);
  });

  test('a cursor too old is 410 with a cursor that works', async () => {
    const { call, events } = await start();
    events.add();
    const { nextCursor } = (await call('GET', '/v1/events?subscriber=default')).json;
    for (let count = 0; count < 3; count += 1) events.add();
    events.trim(3);
    const old = await call('GET', `/v1/events?subscriber=default&cursor=${nextCursor}`);
    expectProblem(old, 410, 'cursor_too_old');
    const rest = await call('GET', `/v1/events?subscriber=default&cursor=${old.json.oldestCursor}`);
    expect(rest.json.events.map((event: { seq: number }) => event.seq)).toEqual([4]);
  });

  test('an acknowledgement beyond what was sent, of another scope or garbage changes nothing (F46)', async () => {
    const far = await start();
    for (let count = 0; count < 5; count += 1) far.events.add();
    const beyond = (await far.call('GET', '/v1/events?subscriber=default')).json.nextCursor;
    const { call, events } = await start();
    events.add();
    const ack = (cursor: string, subscriber?: string): Promise<CallResult> =>
      call('POST', '/v1/events/ack', { json: { cursor, ...(subscriber === undefined ? {} : { subscriber }) } });
    expectProblem(await ack(beyond, 'default'), 422, 'ack_beyond_sent');
    expectProblem(await ack(beyond), 422, 'invalid_cursor');
    expectProblem(await ack(beyond, 'alice'), 422, 'invalid_cursor');
    expectProblem(await ack('garbage', 'default'), 422, 'invalid_cursor');
    expect(events.acknowledged({ tenant: 'default', subscriber: 'default' }, 'default')).toBeNull();
  });

  test('the history is the events, byte by byte, each with its evidence', async () => {
    const { call, events } = await start();
    const made = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    const bytes = [1, 2].map(() => events.add({ transactionId: made.json.id }));
    const path = `/v1/transactions/${made.json.id}/history`;
    const first = await call('GET', `${path}?limit=1`);
    expect(first.text).toContain(bytes[0]!.slice(0, -1));
    expect(first.json.data[0]).toMatchObject({
      seq: 1,
      evidence: { rule: 'inclusion', providers: ['p1'], block: { number: 7 } },
    });
    const second = await call('GET', `${path}?limit=1&cursor=${first.json.nextCursor}`);
    expect([second.json.data[0].seq, second.json.nextCursor]).toEqual([2, null]);
  });
});

test('the description is public, the same for all, and can be kept', async () => {
  const { call } = await start();
  const first = await call('GET', '/openapi.json', { key: null });
  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(first.json).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/' }] });
  const etag = String(first.headers.get('etag'));
  const kept = await call('GET', '/openapi.json', { headers: { 'if-none-match': `"other", W/${etag}` } });
  expect([kept.status, kept.text, kept.headers.get('etag')]).toEqual([304, '', etag]);
  const other = await call('GET', '/openapi.json', { headers: { 'if-none-match': '"other"' } });
  expect([other.status, other.text]).toEqual([200, first.text]);
});

test('chains are shown by id and by name, with times in ISO 8601', async () => {
  const { call } = await start();
  const list = (await call('GET', '/v1/chains')).json;
  expect(list.nextCursor).toBeNull();
  expect(list.data[0]).toMatchObject({
    chain: 'eip155:1',
    head: { number: 100, timestamp: '2023-11-14T22:13:20.000Z' },
    finality: { source: 'tag', safe: null, finalized: { number: 64 } },
    lag: 0,
    providers: [{ name: 'p1', role: 'primary', state: 'leading', reason: null, head: 100, lag: 0 }],
  });
  const paged = (await call('GET', '/v1/chains?limit=1')).json;
  expect((await call('GET', `/v1/chains?cursor=${paged.nextCursor}`)).json.data[0].chain).toBe('eip155:137');
  const byId = await call('GET', '/v1/chains/eip155:137');
  expect((await call('GET', '/v1/chains/polygon')).text).toBe(byId.text);
  expect(byId.json.recentReorgs).toEqual([
    {
      time: '2023-11-14T22:13:20.000Z',
      depth: 1,
      ancestor: { number: 98, hash: `0x${'d'.repeat(64)}` },
      beyondFinality: false,
      orphaned: [
        {
          number: 99,
          hash: `0x${'e'.repeat(64)}`,
          parentHash: `0x${'d'.repeat(64)}`,
          timestamp: '2023-11-14T22:13:08.000Z',
          transactions: 2,
        },
      ],
    },
  ]);
  expectProblem(await call('GET', '/v1/chains/nowhere'), 404, 'not_found');
});

describe('operation', () => {
  test('a drain does not wait for a connection that was opened ahead of need', async () => {
    const { url, gateway } = await start({ drainTimeoutMs: 600_000 });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    await gateway.drain();
    await closed;
  });

  test('a trace is gone on with or begun, and stands in the log', async () => {
    const { call, logs } = await start();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const given = await call('GET', '/v1/chains', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    expect(given.headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    const made = await call('GET', '/v1/chains', { headers: { traceparent: 'nonsense' } });
    expect(made.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    await expect
      .poll(() => logs.some((line) => line.facts['traceId'] === traceId && line.facts['status'] === 200))
      .toBe(true);
    expect(JSON.stringify(logs)).not.toContain(tenantKey);
  });

  test('a fault inside is a 500 that tells nothing, logged with its cause', async () => {
    const { call, logs, tracker } = await start();
    tracker.before = () => Promise.reject(new Error('secret path /var/lib'));
    const result = await call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    expectProblem(result, 500, 'internal');
    expect(result.text).not.toContain('secret');
    expect(logs.some((line) => line.level === 'error' && line.facts['error'] instanceof Error)).toBe(true);
  });

  test('too much at once is 503 with Retry-After, and what was taken is done (I17)', async () => {
    const { call, tracker } = await start({ requestsInFlight: 2 });
    const gate = Promise.withResolvers<void>();
    tracker.before = () => gate.promise;
    const track = (subscriber: string): Promise<CallResult> =>
      call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash, subscriber } });
    const taken = [track('a'), track('b')];
    await expect.poll(() => tracker.calls.length).toBe(2);
    const refused = await track('c');
    expectProblem(refused, 503, 'overloaded');
    expect(refused.headers.get('retry-after')).toBe('1');
    gate.resolve();
    expect((await Promise.all(taken)).map((result) => result.status)).toEqual([201, 201]);
    await expect.poll(async () => (await track('c')).status).toBe(201);
  });

  test('a drain answers long polls, finishes what is being worked on and takes nothing new', async () => {
    const { call, events, gateway, tracker, url } = await start();
    const gate = Promise.withResolvers<void>();
    tracker.before = () => gate.promise;
    const polling = call('GET', '/v1/events?wait=30');
    const tracking = call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    await expect.poll(() => [events.watchers, tracker.calls.length]).toEqual([1, 1]);
    const drained = gateway.drain();
    expect((await polling).json.events).toEqual([]);
    await expect(fetch(`${url}/v1/chains`)).rejects.toThrow();
    gate.resolve();
    expect((await tracking).status).toBe(201);
    await drained;
  });

  test('a connection that sends its head too slowly is cut (S08)', async () => {
    const { url } = await start({ headersTimeoutMs: 200 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /v1/chains HTTP/1.1\r\nhost: x\r\n');
    let text = '';
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });
});
