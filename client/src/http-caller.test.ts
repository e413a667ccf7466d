import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import type { ClientTestOptions, TxTrailClient } from './client.ts';
import { OptionsError, RefusedError, UnreachableError } from './errors.ts';
import type { ClientOptions } from './client-options.ts';

type Answer = Response | Error | 'never';

/** A client whose requests are answered from a list, and whose waits take no time but are written down. */
function scripted(answers: Answer[], options: Partial<ClientOptions> = {}) {
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const waits: number[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    requests.push({ url, init });
    const answer = answers.shift() ?? new Error('no answer left');
    init.signal?.throwIfAborted();
    if (answer === 'never') {
      return new Promise((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    }
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const given: ClientTestOptions = {
    fetch: fetch as typeof globalThis.fetch,
    random: () => 0.5,
    after: (delayMs, task) => {
      // A request's own time limit is the only long one, and over only where nothing answers.
      if (delayMs < 30_000) waits.push(delayMs);
      const timer = setTimeout(task, delayMs < 30_000 ? 0 : 20);
      return () => clearTimeout(timer);
    },
  };
  const client: TxTrailClient = createClient({ url: 'http://tracker.test/below/', key: 'key', ...options }, given);
  return { client, requests, waits };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (code: string, status: number, headers: Record<string, string> = {}, more: object = {}): Response =>
  json({ type: 'about:blank', title: 'A title', status, detail: 'A detail.', code, ...more }, status, headers);
const request = { chain: 'ethereum', hash: '0x1' };
const headersOf = (init: RequestInit): Record<string, string> => init.headers as Record<string, string>;

describe('a call', () => {
  it('is tried again under the same Idempotency-Key, spread by full jitter', async () => {
    const answers = [new TypeError('fetch failed'), problem('overloaded', 503), json({ id: 'tx_1' }, 201)];
    const { client, requests, waits } = scripted(answers);
    expect(await client.track(request)).toEqual({ id: 'tx_1' });
    expect(requests.map(({ url }) => url)).toEqual(Array(3).fill('http://tracker.test/below/v1/transactions'));
    const keys = requests.map(({ init }) => headersOf(init)['idempotency-key']);
    expect(keys[0]).toMatch(/^\d+-\d+-\d+-\d+$/);
    expect(new Set(keys).size).toBe(1);
    expect(waits).toEqual([250, 500]);
  });

  it('has another key each time', async () => {
    const { client, requests } = scripted([json({}, 201), json({}, 201)]);
    await client.track(request);
    await client.track(request);
    expect(new Set(requests.map(({ init }) => headersOf(init)['idempotency-key'])).size).toBe(2);
  });

  it('waits as long as Retry-After says, and gives that up to the caller where it is long', async () => {
    const { client, waits } = scripted([problem('too_many_requests', 429, { 'retry-after': '7' }), json({ data: [] })]);
    await client.chains();
    expect(waits).toEqual([7_250]);
    const later = scripted([problem('too_many_requests', 429, { 'retry-after': '3600' })]);
    await expect(later.client.chains()).rejects.toMatchObject({ code: 'too_many_requests', retryAfterMs: 3_600_000 });
    expect(later.requests).toHaveLength(1);
  });

  it('ends after its retries with the last reason', async () => {
    const { client, requests } = scripted(Array(9).fill(new TypeError('fetch failed')), { retries: 2 });
    const error = await client.chains().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toBe(
      'GET http://tracker.test/below/v1/chains could not be reached: fetch failed. Is the server up and the url right?',
    );
    expect(requests).toHaveLength(3);
  });

  it('that nothing answers is given up after its time', async () => {
    const { client } = scripted(['never'], { retries: 0 });
    await expect(client.chains()).rejects.toMatchObject({ code: 'timeout', message: /gave no answer within 30000 ms/ });
  });

  it.each([400, 403, 404, 409, 413, 415, 422, 500])('refused with %i is not tried again', async (status) => {
    const { client, requests } = scripted([problem('some_code', status, { traceparent: '00-aa-bb-01' })]);
    const error = await client.track(request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'some_code', status, traceparent: '00-aa-bb-01', problem: { status } });
    expect(requests).toHaveLength(1);
  });

  it('says each mistake of a 422 with its path', async () => {
    const errors = [{ path: '/hash', message: 'must be 0x and 64 hexadecimal digits' }];
    const { client } = scripted([problem('invalid_request', 422, {}, { errors })]);
    await expect(client.track(request)).rejects.toThrow(
      'A title: A detail. (/hash must be 0x and 64 hexadecimal digits)',
    );
  });

  it('says when something else answers', async () => {
    const { client } = scripted([new Response('<html>', { status: 200 }), new Response('<html>', { status: 404 })]);
    await expect(client.chains()).rejects.toMatchObject({ code: 'bad_answer', status: 200 });
    await expect(client.chains()).rejects.toMatchObject({ code: 'http_404', status: 404 });
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('left');
    const { client, requests } = scripted(['never']);
    const aborter = new AbortController();
    const called = client.chains({ signal: aborter.signal });
    aborter.abort(reason);
    await expect(called).rejects.toBe(reason);
    await expect(client.chains({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests.length).toBeLessThanOrEqual(1);
  });
});

describe('options', () => {
  it.each([
    [
      { url: 'tracker.test:8080', key: 'key' },
      /url must be the server's http or https address, not "tracker.test:8080"/,
    ],
    [{ url: 'ws://tracker.test', key: 'key' }, /url must be/],
    [{ url: 'http://tracker.test' }, /Give either key/],
    [{ url: 'http://tracker.test', key: '' }, /Give either key/],
    [{ url: 'http://tracker.test', key: 'key', token: 'token' }, /Give either key/],
    [
      { url: 'http://tracker.test', key: 'key', transport: 'carrier-pigeon' },
      /transport must be .* not "carrier-pigeon"/,
    ],
    [{ url: 'http://tracker.test', key: 'key', retries: -1 }, /retries must be a number from 0, not -1/],
    [{ url: 'http://tracker.test', key: 'key', requestTimeoutMs: Number.NaN }, /requestTimeoutMs must be .* not NaN/],
  ])('%j is a mistake', (options, message) => {
    expect(() => createClient(options as ClientOptions)).toThrow(OptionsError);
    expect(() => createClient(options as ClientOptions)).toThrow(message);
  });

  it('websocket needs one, and says where to get it', () => {
    const without = () => createClient({ url: 'http://a', key: 'k', transport: 'websocket' }, { WebSocket: null });
    expect(without).toThrow(/There is no WebSocket here\. Pass one/);
  });

  it('a window is a whole number up to 4096', () => {
    const client = createClient({ url: 'http://127.0.0.1:9', key: 'key' });
    for (const window of [-1, 1.5, 4097, Number.NaN]) expect(() => client.subscribe({ window })).toThrow(OptionsError);
  });
});
