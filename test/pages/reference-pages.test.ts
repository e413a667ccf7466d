import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allOperations } from '../../src/api/operations/all-operations.ts';
import { undescribedAnswer } from '../harness/described-answers.ts';
import { startGateway, tenantKey } from '../harness/gateway-fixture.ts';
import type { GatewayFixture } from '../harness/gateway-fixture.ts';
import { httpExamples } from './http-example.ts';
import { httpPage } from './http-page.ts';
import { websocketPage } from './websocket-page.ts';

test('the pages are what the tables say', async () => {
  await expect(httpPage()).toMatchFileSnapshot('../../docs/reference/http-api.md');
  await expect(websocketPage()).toMatchFileSnapshot('../../docs/reference/websocket.md');
});

test('every call but the handshake has an example', () => {
  const calls = allOperations.map(({ id }) => id).filter((id) => id !== 'openSocket');
  expect(Object.keys(httpExamples).sort()).toEqual(calls.sort());
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.warn('SKIPPED: there is no curl to run the examples with');

describe.skipIf(!hasCurl)('the examples work as they stand', () => {
  let fixture: GatewayFixture;
  let variables: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    fixture = await startGateway();
    const json = { chain: 'ethereum', hash: `0x${'ab'.repeat(32)}`, subscriber: 'user-4711' };
    const made = await fixture.call('POST', '/v1/transactions', { json });
    const events = await fixture.call('GET', '/v1/events?subscriber=user-4711');
    variables = { URL: fixture.url, KEY: tenantKey, ID: made.json.id, CURSOR: events.json.nextCursor };
  });
  afterAll(() => fixture.gateway.drain());

  // A stream does not end; what is forgotten cannot be read any more, so it comes last.
  const inOrder = Object.keys(httpExamples).filter((id) => id !== 'streamEvents' && id !== 'untrackTransaction');

  test.each([...inOrder, 'untrackTransaction'])('%s', async (id) => {
    const operation = allOperations.find((one) => one.id === id);
    const script = `curl() { command curl --max-time 10 -w '\\n%{http_code} %{content_type}' "$@"; }\n${httpExamples[id]}`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { env: { ...process.env, ...variables } });
    const [, text = '', status = '', type = ''] = /^([\s\S]*)\n(\d+) (.*)$/.exec(stdout) ?? [];
    expect(Number(status), stdout).toBeLessThan(300);
    const request = { method: operation?.method ?? '', path: operation?.path ?? '' };
    const headers = new Headers(type === '' ? {} : { 'content-type': type });
    expect(undescribedAnswer(request, { status: Number(status), headers, text })).toEqual([]);
  });
});
