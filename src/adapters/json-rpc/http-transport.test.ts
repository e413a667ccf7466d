import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { TxTrailError } from '../../lib/error.ts';
import { createNodeNetwork } from '../node/node-network.ts';
import { createSystemClock } from '../node/system-clock.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { HttpTransport } from './http-transport.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

type Handler = (body: string, request: IncomingMessage, response: ServerResponse) => void;

async function transportTo(handler: Handler, path = '/'): Promise<{ transport: HttpTransport; server: Server }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => handler(body, request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const url = `http://user:pass@127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const deps = { network: createNodeNetwork(), clock: createSystemClock(), scheduler: createTimerScheduler() };
  const transport = new HttpTransport({ provider: 'main', url, requestTimeoutMs: 200 }, deps);
  endings.push(() => transport.close());
  return { transport, server };
}

const call = { method: 'eth_blockNumber', params: [] };

async function faultOf(promise: Promise<unknown>): Promise<TxTrailError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as TxTrailError,
  );
}

describe('a call', () => {
  test('gives the result of its own id, with the credentials of the address in a header', async () => {
    const { transport } = await transportTo((body, request, response) => {
      expect(request.headers.authorization).toBe(`Basic ${Buffer.from('user:pass').toString('base64')}`);
      const { id, method } = JSON.parse(body);
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: method }));
    });
    expect(await transport.call(call)).toBe('eth_blockNumber');
  });

  test.each([
    [
      'HTML',
      'provider_bad_answer',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.end('<html>no</html>'),
    ],
    [
      'an empty body',
      'provider_bad_answer',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.end(''),
    ],
    [
      'a foreign id',
      'provider_bad_answer',
      (_: string, __: IncomingMessage, response: ServerResponse) =>
        response.end('{"jsonrpc":"2.0","id":999,"result":1}'),
    ],
    [
      'neither result nor error',
      'provider_bad_answer',
      (body: string, __: IncomingMessage, response: ServerResponse) =>
        response.end(JSON.stringify({ id: JSON.parse(body).id })),
    ],
    [
      'truncated JSON',
      'provider_bad_answer',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.end('{"jsonrpc":"2.0","id":1,"resu'),
    ],
    [
      'a redirect',
      'provider_bad_answer',
      (_: string, __: IncomingMessage, response: ServerResponse) =>
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    [
      'HTTP 500',
      'provider_unreachable',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.writeHead(500).end('oops'),
    ],
    [
      'HTTP 403',
      'provider_bad_answer',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.writeHead(403).end('no'),
    ],
    [
      'HTTP 402',
      'provider_rate_limited',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.writeHead(402).end(),
    ],
    ['a cut connection', 'provider_unreachable', (_: string, request: IncomingMessage) => request.socket.destroy()],
    ['no answer', 'provider_timeout', () => undefined],
    [
      'F16 a body that drips',
      'provider_timeout',
      (_: string, __: IncomingMessage, response: ServerResponse) => response.write('{'),
    ],
  ] as const)('F13 %s is %s, and no message holds the address', async (_name, code, handler) => {
    const { transport } = await transportTo(handler as Handler, '/v3/SECRETKEY?token=SECRETKEY');
    const fault = await faultOf(transport.call(call));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain('main');
    expect(`${fault.message} ${JSON.stringify(fault.facts)} ${String(fault.cause)}`).not.toMatch(/SECRETKEY|pass/);
  });

  test('error objects are judged by their words, also with a 4xx status and inside HTTP 200', async () => {
    const answers = [
      [429, { code: -32000, message: 'x' }],
      [200, { code: -32005, message: 'daily request count exceeded, request rate limited' }],
      [400, { code: -32601, message: 'method not found' }],
      [200, { code: -32000, message: `line one\nline two \u0007${'x'.repeat(500)} https://node.example/SECRET` }],
    ] as const;
    let next = 0;
    const { transport } = await transportTo((body, _request, response) => {
      const [status, error] = answers[next] as (typeof answers)[number];
      next += 1;
      response
        .writeHead(status, { 'retry-after': '3' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, error }));
    });
    expect(await faultOf(transport.call(call))).toMatchObject({
      code: 'provider_rate_limited',
      facts: { retryAfterMs: 3000 },
    });
    expect(await faultOf(transport.call(call))).toMatchObject({ code: 'provider_rate_limited' });
    expect(await faultOf(transport.call(call))).toMatchObject({
      code: 'provider_error',
      facts: { errorClass: 'unsupported' },
    });
    const long = await faultOf(transport.call(call));
    expect(long.message.length).toBeLessThan(300);
    expect(long.message).toContain('line one line two');
    expect(long.message).not.toContain('SECRET');
  });
});

describe('a batch', () => {
  const calls = [1, 2, 3].map((value) => ({ method: 'echo', params: [value] }));
  const echo = (item: { id: number; params: unknown[] }) => ({ jsonrpc: '2.0', id: item.id, result: item.params[0] });

  test('H36 is matched by id, each item judged on its own', async () => {
    const { transport } = await transportTo((body, _request, response) => {
      const items = JSON.parse(body);
      const answers = [echo(items[2]), { jsonrpc: '2.0', id: items[0].id, error: { code: -32000, message: 'no' } }];
      response.end(JSON.stringify(answers));
    });
    const [first, second, third] = await transport.batch(calls);
    expect(first).toMatchObject({ ok: false, error: { code: 'provider_error' } });
    expect(second).toMatchObject({ ok: false, error: { code: 'provider_bad_answer' } });
    expect(third).toEqual({ ok: true, result: 3 });
  });

  test('refused as a whole it becomes single calls, and stays so', async () => {
    const bodies: string[] = [];
    const { transport } = await transportTo((body, _request, response) => {
      bodies.push(body);
      const parsed = JSON.parse(body);
      if (Array.isArray(parsed))
        response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'no batches' } }));
      else response.end(JSON.stringify(echo(parsed)));
    });
    expect((await transport.batch(calls)).map((outcome) => outcome.ok && outcome.result)).toEqual([1, 2, 3]);
    await transport.batch(calls);
    expect(bodies.filter((body) => body.startsWith('[')).length).toBe(1);
    expect(bodies.length).toBe(7);
  });
});

test('closing ends what is under way', async () => {
  const { transport } = await transportTo(() => undefined);
  const fault = faultOf(transport.call(call, 60_000));
  await transport.close();
  expect((await fault).code).toBe('provider_unreachable');
  expect((await faultOf(transport.call(call))).code).toBe('provider_unreachable');
});
