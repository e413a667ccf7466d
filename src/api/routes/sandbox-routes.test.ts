import type { SandboxState } from '@txtrail/protocol';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGateway, tenantKey } from '../../../test/harness/gateway-fixture.ts';
import type { GatewayFixture } from '../../../test/harness/gateway-fixture.ts';
import type { SandboxControl } from '../../ports/sandbox-control.ts';

const state: SandboxState = {
  chain: 'eip155:31337',
  chainId: 31_337,
  rpcUrl: 'http://127.0.0.1:8545',
  blockTimeMs: 2000,
  baseFeePerGas: '1000000000',
  providers: [{ name: 'alpha', stalledUntil: null }],
  gasSpikeUntil: null,
  accounts: [],
};

/** Notes what it was asked; refuses what is over its bounds. */
class RecordingSandbox implements SandboxControl {
  readonly sessionKey = tenantKey;
  readonly asked: unknown[] = [];
  state = () => state;
  reorg = (depth: number) => {
    this.asked.push(['reorg', depth]);
    if (depth <= 8) return { outcome: 'done' } as const;
    return {
      outcome: 'refused',
      path: '/depth',
      message: 'must be at most 8',
      detail: 'Only 8 are not final.',
    } as const;
  };
  stall = (provider: string, seconds: number) => {
    this.asked.push(['stall', provider, seconds]);
    return { outcome: 'done' } as const;
  };
  spikeGas = (seconds: number) => {
    this.asked.push(['spikeGas', seconds]);
    return { outcome: 'done' } as const;
  };
}

let gateway: GatewayFixture;
let sandbox: RecordingSandbox;

beforeEach(async () => {
  sandbox = new RecordingSandbox();
  // As wide open as it can be: what is refused is refused all the same.
  gateway = await startGateway({}, { sandbox, allowedOrigins: ['*'] });
});
afterEach(() => gateway.gateway.drain());

describe('the state and the buttons', () => {
  test('each answers the state', async () => {
    const calls = [
      ['GET', '/sandbox', undefined],
      ['POST', '/sandbox/reorg', { depth: 3 }],
      ['POST', '/sandbox/stall', { provider: 'alpha', seconds: 20 }],
      ['POST', '/sandbox/gas-spike', { seconds: 30 }],
    ] as const;
    for (const [method, path, json] of calls) {
      const answer = await gateway.call(method, path, json === undefined ? {} : { json });
      expect([answer.status, answer.json]).toEqual([200, state]);
    }
    expect(sandbox.asked).toEqual([
      ['reorg', 3],
      ['stall', 'alpha', 20],
      ['spikeGas', 30],
    ]);
  });

  test.each([
    ['GET', '/sandbox', undefined],
    ['POST', '/sandbox/reorg', { depth: 3 }],
    ['POST', '/sandbox/stall', { provider: 'alpha', seconds: 20 }],
    ['POST', '/sandbox/gas-spike', { seconds: 30 }],
  ])('%s %s needs a key', async (method, path, json) => {
    for (const key of [null, 'a-key-that-is-nobodys-0123456789-0123']) {
      const answer = await gateway.call(method, path, { key, ...(json === undefined ? {} : { json }) });
      expect([answer.status, answer.json.code]).toEqual([401, 'unauthorized']);
    }
    expect(sandbox.asked).toEqual([]);
  });

  test('a reorg of what is final is refused with the number that may be reverted', async () => {
    const answer = await gateway.call('POST', '/sandbox/reorg', { json: { depth: 9 } });
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_request']);
    expect(answer.json.errors).toEqual([{ path: '/depth', message: 'must be at most 8' }]);
  });

  test.each([
    ['/sandbox/reorg', {}, '/depth'],
    ['/sandbox/reorg', { depth: 0 }, '/depth'],
    ['/sandbox/reorg', { depth: 1.5 }, '/depth'],
    ['/sandbox/reorg', { depth: '3' }, '/depth'],
    ['/sandbox/reorg', { depth: 3, deep: true }, '/deep'],
    ['/sandbox/stall', { provider: 'alpha' }, '/seconds'],
    ['/sandbox/stall', { provider: 'alpha', seconds: 121 }, '/seconds'],
    ['/sandbox/stall', { provider: '', seconds: 1 }, '/provider'],
    ['/sandbox/gas-spike', { seconds: 0 }, '/seconds'],
  ])('%s with %j is a mistake at %s', async (path, json, where) => {
    const answer = await gateway.call('POST', path, { json });
    expect([answer.status, answer.json.errors.map((error: { path: string }) => error.path)]).toEqual([422, [where]]);
    expect(sandbox.asked).toEqual([]);
  });
});

describe('the session', () => {
  test('gives the key to the own page, without a key', async () => {
    const { port } = new URL(gateway.url);
    for (const headers of [{}, { host: `localhost:${port}`, 'sec-fetch-site': 'same-origin' }]) {
      const answer = await session(headers);
      expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { key: tenantKey }]);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test.each([
    [{ host: 'evil.example' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'http://localhost:3000' }],
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ])('is refused to %j, in words that hold no key', async (headers) => {
    const answer = await session(headers);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, 'other_origin']);
    expect(answer.text).not.toContain(tenantKey);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  interface Answer {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
  }

  /** With headers that `fetch` would not send. */
  function session(headers: Readonly<Record<string, string>>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(`${gateway.url}/sandbox/session`, { headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      sent.on('error', reject);
      sent.end();
    });
  }
});

test('a tracker of real chains has none of it', async () => {
  const other = await startGateway();
  for (const path of ['/sandbox', '/sandbox/session']) {
    expect((await other.call('GET', path)).status).toBe(404);
  }
  expect((await other.call('POST', '/sandbox/reorg', { json: { depth: 1 } })).status).toBe(404);
  await other.gateway.drain();
});
