import { afterEach, expect, test } from 'vitest';
import {
  adminKey,
  collectingLogger,
  fakeCredentials,
  realScheduler,
  tenantKey,
} from '../../test/harness/gateway-fixture.ts';
import { nodeListener } from '../adapters/node/node-listener.ts';
import { createAdminServer } from './admin-server.ts';
import type { AdminServer } from './admin-server.ts';

const started: AdminServer[] = [];

async function start(reasons: () => readonly string[]): Promise<string> {
  const server = createAdminServer(
    { host: '127.0.0.1', port: 0 },
    {
      credentials: fakeCredentials,
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
