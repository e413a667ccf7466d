import { afterEach, describe, expect, test } from 'vitest';
import { startGateway } from '../../test/harness/gateway-fixture.ts';
import type { GatewayFixture } from '../../test/harness/gateway-fixture.ts';

const started: GatewayFixture[] = [];

async function start(...allowedOrigins: readonly string[]): Promise<GatewayFixture> {
  const fixture = await startGateway({}, { allowedOrigins });
  started.push(fixture);
  return fixture;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

const ours = 'https://app.example';
const preflight = { origin: ours, 'access-control-request-method': 'POST' };
const corsHeaders = (headers: Headers): readonly string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('without allowed origins', () => {
  test('no answer lets a foreign page read it, and a preflight is refused', async () => {
    const { call } = await start();
    for (const path of ['/v1/chains', '/openapi.json', '/v1/events/stream']) {
      expect(corsHeaders((await call('GET', path, { headers: { origin: ours } })).headers)).toEqual([]);
    }
    const asked = await call('OPTIONS', '/v1/transactions', { key: null, headers: preflight });
    expect(asked.status).toBeGreaterThanOrEqual(400);
    expect(corsHeaders(asked.headers)).toEqual([]);
  });
});

describe('with allowed origins', () => {
  test('their pages may ask with the headers of the API, without a key and with no cookie', async () => {
    const { call } = await start(ours, 'http://localhost:5173');
    const { status, headers, text } = await call('OPTIONS', '/v1/transactions', { key: null, headers: preflight });
    expect([status, text]).toEqual([204, '']);
    expect(headers.get('access-control-allow-origin')).toBe(ours);
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'last-event-id']) {
      expect(headers.get('access-control-allow-headers')).toContain(name);
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toContain('Origin');
  });

  test.each([
    ['an answer', 'GET', '/v1/chains', undefined, 200],
    ['a refusal', 'GET', '/v1/chains', null, 401],
    ['a mistake', 'POST', '/v1/transactions', undefined, 415],
    ['what does not exist', 'GET', '/v1/nothing', undefined, 404],
    ['a stream', 'GET', '/v1/events/stream', undefined, 200],
  ])('they may read %s', async (_name, method, path, key, status) => {
    const { call } = await start(ours);
    const options = { headers: { origin: ours, 'content-type': 'text/plain' }, ...(key === null ? { key } : {}) };
    const answer = await call(method, path, method === 'POST' ? { ...options, body: 'x' } : options);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ours);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  test.each(['https://app.example.evil.example', 'http://app.example', 'https://APP.example', 'null'])(
    'a page of %s may not',
    async (origin) => {
      const { call } = await start(ours);
      const answer = await call('GET', '/v1/chains', { headers: { origin } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('vary')).toContain('Origin');
      const asked = await call('OPTIONS', '/v1/chains', { key: null, headers: { ...preflight, origin } });
      expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test('"*" lets every page in', async () => {
    const { call } = await start('*');
    const answer = await call('GET', '/v1/chains', { headers: { origin: 'https://any.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
