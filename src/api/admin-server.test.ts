import { afterEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../test/harness/recording-ports.ts';
import {
  adminKey,
  collectingLogger,
  fakeCredentials,
  realScheduler,
  tenantKey,
} from '../../test/harness/gateway-fixture.ts';
import { nodeListener } from '../adapters/node/node-listener.ts';
import { MemoryAuditTrail } from '../adapters/memory/memory-audit-trail.ts';
import { createAdminServer } from './admin-server.ts';
import type { AuditTrail } from '../ports/audit-trail.ts';
import type { AdminServer } from './admin-server.ts';

const started: AdminServer[] = [];

async function start(
  reasons: () => readonly string[],
  audit: AuditTrail = new MemoryAuditTrail({ clock: manualClock() }),
  isReachable: () => boolean = () => true,
): Promise<string> {
  const server = createAdminServer(
    { host: '127.0.0.1', port: 0 },
    {
      administration: () => (isReachable() ? { credentials: fakeCredentials, audit } : null),
      listener: nodeListener,
      logger: collectingLogger([]),
      scheduler: realScheduler,
      unreadyReasons: reasons,
      warnings: () => ['eip155:1: no provider leads'],
      metricsText: () => Promise.resolve('txtrail_up 1\n'),
    },
  );
  started.push(server);
  return (await server.listen()).url;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

test('/readyz is 503 with the reasons until there is none, /healthz 200 all along', async () => {
  let reasons: readonly string[] = ['the log is being replayed'];
  const url = await start(() => reasons);
  const before = await fetch(`${url}/readyz`);
  expect([before.status, await before.json()]).toEqual([
    503,
    { ready: false, reasons, warnings: ['eip155:1: no provider leads'] },
  ]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  reasons = [];
  const after = await fetch(`${url}/readyz`);
  expect(after.status).toBe(200);
  expect(await after.json()).toEqual({ ready: true, reasons: [], warnings: ['eip155:1: no provider leads'] });
});

test('/metrics shows the figures as text', async () => {
  const answer = await fetch(`${await start(() => [])}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await answer.text()).toBe('txtrail_up 1\n');
});

test.each([
  ['no key', undefined, 401],
  ["a tenant's key", tenantKey, 401],
  ['the admin key', adminKey, 404],
])('another path with %s', async (_name, key, status) => {
  const url = await start(() => []);
  for (const path of ['/v1/tenants', '/nothing']) {
    const answer = await fetch(url + path, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
  }
});

describe('GET /v1/audit', () => {
  const entry = { actor: 'node', from: null, action: 'key.made', subject: 'a', tenant: null, facts: { n: 1 } };

  async function ask(url: string, query = '', key: string | null = adminKey) {
    const headers = key === null ? {} : { authorization: `Bearer ${key}` };
    const answer = await fetch(`${url}/v1/audit${query}`, { headers });
    const body = (await answer.json()) as Record<string, unknown> & { readonly nextCursor?: string };
    return { status: answer.status, body };
  }

  test('is unavailable while the services behind it are waited for, with or without a key', async () => {
    const audit = new MemoryAuditTrail({ clock: manualClock() });
    let isThere = false;
    const url = await start(
      () => [],
      audit,
      () => isThere,
    );
    for (const key of [adminKey, null]) {
      expect(await ask(url, '', key)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    }
    isThere = true;
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, '', null)).status).toBe(401);
  });

  test('gives the trail page by page, with the hashes that chain it', async () => {
    const audit = new MemoryAuditTrail({ clock: manualClock() });
    const appended = await audit.append([entry, { ...entry, subject: 'b' }, { ...entry, subject: 'c' }]);
    const url = await start(() => [], audit);
    const first = await ask(url, '?limit=2');
    const { timeMs: _timeMs, ...shown } = appended[0] ?? { timeMs: 0 };
    expect(first).toMatchObject({
      status: 200,
      body: {
        data: [{ ...shown, time: '2023-11-14T22:13:20.000Z' }, { subject: 'b' }],
        nextCursor: expect.any(String),
      },
    });
    expect(await ask(url, `?limit=2&cursor=${first.body.nextCursor}`)).toMatchObject({
      status: 200,
      body: { data: [{ number: 3, previous: appended[1]?.hash, hash: appended[2]?.hash }], nextCursor: null },
    });
    expect(await ask(url, '?limit=501')).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(await ask(url, '?cursor=abc')).toMatchObject({ status: 422, body: { code: 'invalid_cursor' } });
  });

  test('is for the admin key alone', async () => {
    const url = await start(() => [], new MemoryAuditTrail({ clock: manualClock() }));
    for (const key of [null, tenantKey]) expect(await ask(url, '?limit=501', key)).toMatchObject({ status: 401 });
  });
});
