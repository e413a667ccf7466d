import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { checkEvents } from '../harness/event-checker.ts';
import { HttpClient } from '../harness/http-client.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { TrackerProcess } from '../harness/tracker-process.ts';
import { TransactionSender } from '../harness/transactions.ts';
import { waitUntil } from '../harness/wait-until.ts';

const someHash = (digit: string): string => `0x${digit.repeat(64)}`;

describe('the contract, against the real process', () => {
  let node: AnvilNode;
  let tracker: TrackerProcess;
  let http: HttpClient;

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 2 });
    await node.mine(2);
    tracker = new TrackerProcess({ chainFlags: [`${node.chain}=${node.httpUrl},${node.wsUrl}`], keys: 'printed' });
    await tracker.start();
    http = new HttpClient(tracker);
  });
  afterAll(async () => {
    await tracker?.remove();
    await node?.stop();
  });

  const track = (body: unknown, headers: Record<string, string> = {}) =>
    http.request<{
      readonly id: string;
      readonly code: string;
      readonly errors: { readonly path: string }[];
      readonly hash: string;
    }>('POST', '/v1/transactions', body, { headers });

  /** Sends, registers and finalizes one transaction of its own subscriber; gives its id. */
  async function finalized(subscriber: string, accountIndex: number): Promise<string> {
    const { raw, hash } = await new TransactionSender({ accountIndex, chainId: node.chainId }).eip1559();
    const { id } = await http.tracked({ chain: node.chain, hash, subscriber, confirmations: 3, thresholds: [2] });
    await node.send(raw);
    await node.mine(10);
    // The status shows it a moment before the event has its number.
    const done = async (): Promise<boolean> => {
      const path = `/v1/transactions/${id}/history`;
      const { body } = await http.request<{ readonly data: readonly { readonly type: string }[] }>('GET', path);
      return body.data.some(({ type }) => type === 'transaction.finalized');
    };
    await waitUntil(done, { what: `${hash} to become final` });
    return id;
  }

  it('prints its keys once, and not again when it starts on the same data', async () => {
    const printed = (): number => tracker.process.lines.filter(({ text }) => text.startsWith('txtrail key ')).length;
    expect(printed()).toBe(1);
    expect(tracker.apiKey.length).toBeGreaterThanOrEqual(32);
    await tracker.restart();
    expect(printed()).toBe(0);
    expect((await http.request('GET', '/v1/transactions')).status).toBe(200);
  });

  it('answers health, readiness and metrics on the admin port', async () => {
    const [health, ready, metrics] = await Promise.all(
      ['/healthz', '/readyz', '/metrics'].map((path) => fetch(`${tracker.adminUrl}${path}`)),
    );
    expect([health?.status, ready?.status]).toEqual([200, 200]);
    // Figures may be the administrator's alone; what they look like then is not this test's business.
    expect([200, 401]).toContain(metrics?.status);
  });

  it.each([
    ['no key', { authorization: '' }],
    ['another key', { authorization: 'Bearer nobody-has-this-key-0123456789-0123456789' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
  ])('401 for %s', async (_, headers) => {
    const answer = await http.request<{ readonly code: string }>('GET', '/v1/transactions', undefined, { headers });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each([
    ['malformed JSON', '{"chain":', 400, 'malformed_json'],
    ['a wrong type', { chain: 5, hash: someHash('a') }, 422, 'invalid_request'],
    ['neither hash nor raw', { chain: 'eip155:31337' }, 422, 'invalid_request'],
    ['both hash and raw', { chain: 'eip155:31337', hash: someHash('a'), raw: '0x02' }, 422, 'invalid_request'],
    ['an unknown chain', { chain: 'eip155:424242', hash: someHash('a') }, 422, 'unknown_chain'],
    ['a short hash', { chain: 'eip155:31337', hash: '0xabcd' }, 422, 'invalid_request'],
    ['a long hash', { chain: 'eip155:31337', hash: `${someHash('a')}00` }, 422, 'invalid_request'],
    ['an unknown field', { chain: 'eip155:31337', hash: someHash('a'), colour: 'red' }, 422, 'invalid_request'],
    [
      'a threshold at the count',
      { chain: 'eip155:31337', hash: someHash('a'), confirmations: 3, thresholds: [3] },
      422,
      'invalid_request',
    ],
    ['no confirmations', { chain: 'eip155:31337', hash: someHash('a'), confirmations: 0 }, 422, 'invalid_request'],
    [
      'too much metadata',
      { chain: 'eip155:31337', hash: someHash('a'), metadata: 'm'.repeat(3000) },
      422,
      'invalid_request',
    ],
    [
      'a long subscriber',
      { chain: 'eip155:31337', hash: someHash('a'), subscriber: 's'.repeat(129) },
      422,
      'invalid_request',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await track(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (status === 422 && code === 'invalid_request') expect(answer.body.errors.length).toBeGreaterThan(0);
  });

  it('refuses a body that is too large, of another type, and a batch of 1,001', async () => {
    const large = await track(
      JSON.stringify({ chain: node.chain, hash: someHash('a'), metadata: 'm'.repeat(2_000_000) }),
    );
    expect(large.status).toBe(413);
    expect((await track('chain=a', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    const entry = { chain: node.chain, hash: someHash('a') };
    expect((await http.batch(Array.from({ length: 1_001 }, () => entry))).status).toBe(422);
  });

  it('takes a hash in upper case and shows it in lower case', async () => {
    const answer = await track({ chain: node.chain, hash: `0x${'AB'.repeat(32)}` });
    expect([answer.status, answer.body.hash]).toEqual([201, `0x${'ab'.repeat(32)}`]);
  });

  it('answers 201, then 200 for the same and 409 for other options, counting only what was spelt out', async () => {
    const body = { chain: node.chain, hash: someHash('b'), confirmations: 5, subscriber: 'conflict' };
    const first = await track(body);
    const again = await track({ chain: node.chain, hash: someHash('b'), subscriber: 'conflict' });
    const other = await track({ ...body, confirmations: 6 });
    expect([first.status, again.status, other.status]).toEqual([201, 200, 409]);
    expect(again.body.id).toBe(first.body.id);
    expect(other.body.code).toBe('transaction_conflict');
  });

  it('does not let one bad entry spoil a batch', async () => {
    const good = { chain: node.chain, hash: someHash('c') };
    const { status, body } = await http.batch([
      good,
      { chain: node.chain, hash: '0x1' },
      { ...good, hash: someHash('d') },
    ]);
    expect(status).toBe(200);
    expect(body.results.map(({ error }) => error?.status ?? 'ok')).toEqual(['ok', 422, 'ok']);
    expect(body.results.map(({ transaction }) => transaction?.hash)).toEqual([someHash('c'), undefined, someHash('d')]);
  });

  it('changes, removes and finds again with its id; 404 for what is not there', async () => {
    const { body } = await track({ chain: node.chain, hash: someHash('e') });
    const changed = await http.request<{ readonly requiredConfirmations: number; readonly metadata: unknown }>(
      'PATCH',
      `/v1/transactions/${body.id}`,
      { confirmations: 9, metadata: { order: 7 } },
    );
    expect([changed.status, changed.body.requiredConfirmations, changed.body.metadata]).toEqual([200, 9, { order: 7 }]);
    expect((await http.request('DELETE', `/v1/transactions/${body.id}`)).status).toBe(204);
    expect((await http.request('GET', `/v1/transactions/${body.id}`)).status).toBe(404);
    expect((await track({ chain: node.chain, hash: someHash('e') })).body.id).toBe(body.id);
    expect((await http.request('GET', '/v1/transactions/tx_nothing')).status).toBe(404);
    expect((await http.request('GET', '/v1/nothing')).status).toBe(404);
  });

  it('gives the same answer under one Idempotency-Key, also after kill -9, and 409 for another body', async () => {
    const headers = { 'idempotency-key': 'order-77' };
    const body = { chain: node.chain, hash: someHash('f'), subscriber: 'idempotent' };
    const first = await track(body, headers);
    const again = await track(body, headers);
    await tracker.restart();
    const later = await track(body, headers);
    expect([again.status, again.text, later.status, later.text]).toEqual([201, first.text, 201, first.text]);
    const other = await track({ ...body, subscriber: 'another' }, headers);
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
  });

  it('pages events by cursor, refuses foreign cursors and acknowledgements beyond what was sent', async () => {
    const id = await finalized('pager', 1);
    const one = await http.events({ subscriber: 'pager', limit: 1 });
    const rest = await http.events({ subscriber: 'pager', cursor: one.body.nextCursor });
    expect([one.body.events.length, one.body.hasMore, rest.body.hasMore]).toEqual([1, true, false]);
    const all = [...one.body.events, ...rest.body.events];
    expect(checkEvents(all.map((event) => ({ event, text: JSON.stringify(event) })))).toEqual([]);
    expect(all.at(-1)).toMatchObject({ type: 'transaction.finalized', data: { transaction: { id } } });
    expect((await http.events({ subscriber: 'pager', cursor: 'garbage' })).status).toBe(422);
    expect((await http.events({ subscriber: 'pager', cursor: `${one.body.nextCursor}x` })).status).toBe(422);
    const foreign = await http.acknowledge({ subscriber: 'pager', cursor: 'garbage' });
    expect([foreign.status, foreign.body.code]).toEqual([422, 'invalid_cursor']);
    const history = await http.request<{ readonly data: readonly unknown[] }>('GET', `/v1/transactions/${id}/history`);
    expect(history.body.data.length).toBe(all.length);
  });

  it('keeps what a consumer acknowledged over kill -9: on a socket exactly the rest comes', async () => {
    await finalized('resumer', 2);
    const whole = await http.events({ subscriber: 'resumer' });
    const first = new SocketClient(tracker, { acknowledge: false, subscribe: { subscriber: 'resumer' } });
    await first.connect();
    await waitUntil(() => first.deliveries.length === whole.body.events.length, { what: 'every event' });
    first.acknowledge(String(first.deliveries[1]?.cursor));
    const rest = async (): Promise<number> =>
      (await http.events({ subscriber: 'resumer', consumer: 'default', from: 'ack' })).body.events.length;
    await waitUntil(async () => (await rest()) === whole.body.events.length - 2, {
      what: 'the acknowledgement to count',
    });
    await tracker.restart();
    const second = new SocketClient(tracker, { acknowledge: false, subscribe: { subscriber: 'resumer' } });
    await second.connect();
    await waitUntil(() => second.deliveries.length === whole.body.events.length - 2, {
      what: 'the rest of the events',
    });
    const texts = (client: SocketClient): string[] => client.deliveries.map(({ text }) => text);
    expect(texts(second)).toEqual(texts(first).slice(2));
    await second.close();
  });

  it('sends no more than the window unacknowledged, and 4501 or 1009 for frames that are none', async () => {
    await finalized('windowed', 3);
    const narrow = new SocketClient(tracker, { acknowledge: false, subscribe: { subscriber: 'windowed', window: 2 } });
    await narrow.connect();
    await waitUntil(() => narrow.deliveries.length === 2, { what: 'two events' });
    narrow.send({ type: 'ping' });
    await narrow.waitForFrame('pong');
    expect(narrow.deliveries.length).toBe(2);
    narrow.acknowledge(String(narrow.deliveries[1]?.cursor));
    await waitUntil(() => narrow.deliveries.length === 4, { what: 'two more' });
    await narrow.close();
    for (const [data, code] of [
      [Buffer.from([1, 2, 3]), 4501],
      ['x'.repeat(70_000), 1009],
    ] as const) {
      const client = new SocketClient(tracker);
      await client.connect();
      client.sendRaw(data);
      await waitUntil(() => client.closes.length > 0, { what: `the close ${code}` });
      expect(client.closes[0]?.code).toBe(code);
    }
    expect((await http.request('GET', '/v1/chains')).status).toBe(200);
  });

  it('drains and exits 0 on SIGTERM, and goes on afterwards where it was', async () => {
    await finalized('drained', 4);
    const before = await http.allEvents({ subscriber: 'drained' });
    expect(before.length).toBeGreaterThanOrEqual(4);
    expect(await tracker.terminate()).toEqual({ code: 0, signal: null });
    await tracker.start();
    expect(await http.allEvents({ subscriber: 'drained' })).toEqual(before);
  });
});
