import { createPublicClient, createWalletClient, defineChain, http, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { WebSocket } from 'ws';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeListener } from '../adapters/node/node-listener.ts';
import { createSystemClock } from '../adapters/node/system-clock.ts';
import { createTimerScheduler } from '../adapters/node/timer-scheduler.ts';
import type { Fault } from './fault.ts';
import { ScriptedChain } from './scripted-chain.ts';
import { createScriptedChainServer } from './scripted-chain-server.ts';
import type { ScriptedChainServer } from './scripted-chain-server.ts';
import { ScriptedProvider } from './scripted-provider.ts';

const alice = '0x00000000000000000000000000000000000a11ce';
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Rig {
  readonly chain: ScriptedChain;
  readonly main: ScriptedProvider;
  readonly spare: ScriptedProvider;
  readonly server: ScriptedChainServer;
}

async function start(): Promise<Rig> {
  const chain = new ScriptedChain({ chainId: 1337, genesisTimeMs: 1_700_000_000_000 });
  const [main, spare] = [
    new ScriptedProvider({ name: 'main' }, { chain }),
    new ScriptedProvider({ name: 'spare' }, { chain }),
  ];
  const ports = { listener: nodeListener, clock: createSystemClock(), scheduler: createTimerScheduler() };
  const deps = { chain, providers: [main, spare], ...ports };
  const server = createScriptedChainServer({ bodyLimitBytes: 100_000 }, deps);
  await server.start();
  cleanups.push(() => server.stop());
  return { chain, main, spare, server };
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function post(url: string, body: unknown, timeoutMs = 5000): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: text, signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function call(id: number, method: string, params: readonly unknown[] = []): object {
  return { jsonrpc: '2.0', id, method, params };
}

const head = call(1, 'eth_blockNumber');
const pair = [call(1, 'eth_blockNumber'), call(2, 'eth_chainId')];

describe('JSON-RPC over HTTP', () => {
  test('single calls and batches, with the id that was given', async () => {
    const { server, chain } = await start();
    chain.mine();
    const { http: url } = server.url('main');
    expect(JSON.parse((await post(url, head)).text)).toEqual({ jsonrpc: '2.0', id: 1, result: '0x1' });
    expect(JSON.parse((await post(url, pair)).text)).toEqual([
      { jsonrpc: '2.0', id: 1, result: '0x1' },
      { jsonrpc: '2.0', id: 2, result: '0x539' },
    ]);
    expect((await post(url, { jsonrpc: '2.0', method: 'eth_blockNumber' })).text).toBe('');
  });

  test.each([
    ['not json', -32700, 'parse error'],
    ['[]', -32600, 'empty batch'],
    ['{"id":1}', -32600, 'invalid request'],
    ['7', -32600, 'invalid request'],
    [`[${Array(1001).fill('0').join(',')}]`, -32600, 'batch too large'],
    [JSON.stringify(call(1, 'eth_nothing')), -32601, 'the method eth_nothing does not exist/is not available'],
    [JSON.stringify(call(1, 'toString')), -32601, 'the method toString does not exist/is not available'],
    [JSON.stringify(call(1, 'eth_subscribe', ['newHeads'])), -32601, 'notifications not supported'],
    [JSON.stringify(call(1, 'eth_getTransactionByHash')), -32602, 'missing value for required argument 0'],
    [
      JSON.stringify(call(1, 'eth_getTransactionByHash', ['0x01'])),
      -32602,
      'invalid argument 0: hex string has length 2, want 64 for common.Hash',
    ],
    [
      JSON.stringify(call(1, 'eth_getBlockByNumber', ['0x01', false])),
      -32602,
      'invalid argument 0: hex number with leading zero digits',
    ],
    [JSON.stringify(call(1, 'eth_getBalance', [alice, '0x77'])), -32000, 'header not found'],
  ])('%s is an error in the words of geth', async (body, code, message) => {
    const { server } = await start();
    expect(JSON.parse((await post(server.url('main').http, body)).text)).toMatchObject({ error: { code, message } });
  });

  test('a body over the limit, another method, an unknown provider', async () => {
    const { server } = await start();
    const { http: url } = server.url('main');
    expect((await post(url, 'x'.repeat(100_001))).status).toBe(413);
    expect((await fetch(url)).status).toBe(405);
    expect((await post(server.url('nobody').http, head)).status).toBe(404);
    expect((await post(url, head)).status).toBe(200);
  });
});

describe('a faulty provider over HTTP', () => {
  async function faulty(fault: Fault, body: unknown = head): Promise<Reply> {
    const { server, main } = await start();
    main.fault({ fault });
    expect(JSON.parse((await post(server.url('spare').http, head)).text)).toMatchObject({ result: '0x0' });
    return await post(server.url('main').http, body);
  }

  test.each([[429], [500], [403]])('status %i (F13)', async (status) => {
    const reply = await faulty({ kind: 'http_status', status, retryAfterSeconds: 3 });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([status, '3']);
  });

  test('HTML with status 200 (F13)', async () => {
    const reply = await faulty({ kind: 'html' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(reply.text).toContain('<html>');
  });

  test('truncated JSON (F13)', async () => {
    const { text } = await faulty({ kind: 'truncated' });
    expect(text.length).toBeGreaterThan(5);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test('an id that nobody gave (F12)', async () => {
    expect(JSON.parse((await faulty({ kind: 'wrong_id' })).text)).toMatchObject({ id: 987_654_321, result: '0x0' });
  });

  test('a huge body (F13)', async () => {
    expect((await faulty({ kind: 'huge', bytes: 2_000_000 })).text.length).toBeGreaterThan(2_000_000);
  });

  test('a batch reversed, answered twice, swapped, incomplete, refused, partly failing (F12, H36)', async () => {
    const read = async (kind: 'batch_reversed' | 'batch_repeated' | 'batch_swapped' | 'batch_incomplete') =>
      JSON.parse((await faulty({ kind }, pair)).text) as readonly { id: number; result: string }[];
    expect((await read('batch_reversed')).map(({ id, result }) => [id, result])).toEqual([
      [2, '0x539'],
      [1, '0x0'],
    ]);
    expect((await read('batch_swapped')).map(({ id, result }) => [id, result])).toEqual([
      [1, '0x539'],
      [2, '0x0'],
    ]);
    expect((await read('batch_repeated')).map(({ id }) => id)).toEqual([1, 1, 2, 2]);
    expect((await read('batch_incomplete')).map(({ id }) => id)).toEqual([1]);
    const refused = await faulty({ kind: 'batch_refused' }, pair);
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { error: { code: -32600 } }]);
    const { server, main } = await start();
    main.fault({ fault: { kind: 'error', code: -32000, message: 'header not found' }, positions: [1] });
    expect(JSON.parse((await post(server.url('main').http, pair)).text)).toMatchObject([
      { result: '0x0' },
      { error: { message: 'header not found' } },
    ]);
  });

  test('a dropped connection, and one that never answers', async () => {
    await expect(faulty({ kind: 'drop' })).rejects.toThrow('fetch failed');
    const { server, main } = await start();
    main.fault({ fault: { kind: 'hang' }, times: 1 });
    await expect(post(server.url('main').http, head, 50)).rejects.toThrow(/timeout/);
    expect((await post(server.url('main').http, head)).status).toBe(200);
  });

  test('late, or byte by byte, but whole (F16, F17)', async () => {
    expect(JSON.parse((await faulty({ kind: 'delay', delayMs: 5 })).text)).toMatchObject({ result: '0x0' });
    expect(JSON.parse((await faulty({ kind: 'drip', byteDelayMs: 0 })).text)).toMatchObject({ result: '0x0' });
  });
});

class Socket {
  readonly frames: Readonly<Record<string, unknown>>[] = [];
  readonly #socket: WebSocket;
  #wake: () => void = () => undefined;
  closed = false;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Readonly<Record<string, unknown>>);
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    this.#socket.on('error', () => this.#wake());
    cleanups.push(() => this.#socket.terminate());
  }

  async open(): Promise<this> {
    await new Promise((resolve) => this.#socket.once('open', resolve));
    return this;
  }

  send(frame: object | string): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Waits until so many frames came, or until the socket closed. */
  async until(count: number): Promise<void> {
    while (this.frames.length < count && !this.closed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

describe('a provider over WebSocket', () => {
  test('answers, and pushes the heads and transactions that were subscribed to', async () => {
    const { server, chain } = await start();
    const socket = await new Socket(server.url('main').ws).open();
    socket.send(call(1, 'eth_subscribe', ['newHeads']));
    socket.send(call(2, 'eth_subscribe', ['newPendingTransactions']));
    await socket.until(2);
    const transaction = chain.submit({ from: alice });
    const block = chain.mine();
    await socket.until(4);
    const [heads, pending] = socket.frames.map((frame) => frame['result']);
    expect(socket.frames.slice(2)).toEqual([
      { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: pending, result: transaction.hash } },
      {
        jsonrpc: '2.0',
        method: 'eth_subscription',
        params: {
          subscription: heads,
          result: expect.objectContaining({ hash: block.hash, number: '0x1' }) as unknown,
        },
      },
    ]);
  });

  test('open but deaf: requests are answered, heads do not come (F14, H20)', async () => {
    const { server, chain, main } = await start();
    const socket = await new Socket(server.url('main').ws).open();
    main.fault({ fault: { kind: 'deaf' } });
    socket.send(call(1, 'eth_subscribe', ['newHeads']));
    await socket.until(1);
    chain.mine();
    socket.send(call(2, 'eth_blockNumber'));
    await socket.until(2);
    expect(socket.frames[1]).toMatchObject({ id: 2, result: '0x1' });
  });

  test('open and silent altogether', async () => {
    const { server, main } = await start();
    const socket = await new Socket(server.url('main').ws).open();
    main.fault({ fault: { kind: 'hang' }, transport: 'ws', times: 1 });
    socket.send(call(1, 'eth_blockNumber'));
    socket.send(call(2, 'eth_blockNumber'));
    await socket.until(1);
    expect(socket.frames[0]).toMatchObject({ id: 2 });
  });

  test('cut, closed, and over the frame limit (F15, H21)', async () => {
    const { server, main } = await start();
    const [cut, closed, long, dropped] = await Promise.all(
      [1, 2, 3, 4].map(() => new Socket(server.url('main').ws).open()),
    );
    expect(server.sockets('main')).toBe(4);
    long?.send('x'.repeat(100_001));
    await long?.until(1);
    main.fault({ fault: { kind: 'drop' }, times: 1 });
    dropped?.send(head);
    await dropped?.until(1);
    server.dropSockets('main');
    await Promise.all([cut?.until(1), closed?.until(1)]);
    expect([cut, closed, long, dropped].map((socket) => socket?.closed)).toEqual([true, true, true, true]);
    const again = await new Socket(server.url('main').ws).open();
    server.dropSockets('main', 'close');
    await again.until(1);
    expect(again.closed).toBe(true);
  });

  test('byte by byte, as fragments of one message (F16)', async () => {
    const { server, main } = await start();
    const socket = await new Socket(server.url('main').ws).open();
    main.fault({ fault: { kind: 'drip', byteDelayMs: 0 } });
    socket.send(head);
    await socket.until(1);
    expect(socket.frames[0]).toEqual({ jsonrpc: '2.0', id: 1, result: '0x0' });
  });

  test('a change of the view is announced when asked to', async () => {
    const { server, chain, main } = await start();
    main.view.pin = { tip: chain.genesis };
    const socket = await new Socket(server.url('main').ws).open();
    socket.send(call(1, 'eth_subscribe', ['newHeads']));
    await socket.until(1);
    chain.mine({ count: 3 });
    main.view.pin = null;
    server.announce('main');
    await socket.until(2);
    expect(socket.frames[1]).toMatchObject({ params: { result: { number: '0x3' } } });
  });
});

describe('a common client', () => {
  const account = privateKeyToAccount('0x1111111111111111111111111111111111111111111111111111111111111111');

  function clients(url: string) {
    const chain = defineChain({
      id: 1337,
      name: 'scripted',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    });
    const transport = http(url, { retryCount: 0 });
    return {
      wallet: createWalletClient({ account, chain, transport }),
      reader: createPublicClient({ chain, transport, pollingInterval: 10 }),
    };
  }

  test('viem prepares, signs, sends and waits for a transaction', async () => {
    const { server, chain } = await start();
    const { wallet, reader } = clients(server.url('main').http);
    chain.mine();
    const hash = await wallet.sendTransaction({ to: alice, value: parseEther('1') });
    expect(chain.pool.get(hash)?.from).toBe(account.address.toLowerCase());
    chain.mine();
    const receipt = await reader.waitForTransactionReceipt({ hash });
    expect(receipt).toMatchObject({ status: 'success', blockNumber: 2n, gasUsed: 21_000n });
    const block = await reader.getBlock({ blockNumber: 2n, includeTransactions: true });
    expect(block.transactions).toMatchObject([{ hash, value: parseEther('1'), type: 'eip1559' }]);
    expect((await reader.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] })).baseFeePerGas).toHaveLength(3);
  });

  test('a node refuses in geth words what it would refuse (H53, H82, H83, H85, H86, H68)', async () => {
    const { server, chain } = await start();
    const { reader } = clients(server.url('main').http);
    const sign = (fields: object) =>
      account.signTransaction({
        type: 'eip1559',
        chainId: 1337,
        nonce: 0,
        to: alice,
        gas: 21_000n,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 10n ** 9n,
        ...fields,
      });
    const send = async (raw: string): Promise<string> => {
      const reply = JSON.parse(
        (await post(server.url('main').http, call(1, 'eth_sendRawTransaction', [raw]))).text,
      ) as { result?: string; error?: { message: string } };
      return reply.result ?? reply.error?.message ?? '';
    };
    const first = await sign({});
    expect(await send(first)).toMatch(/^0x/);
    expect(await send(first)).toBe('already known');
    expect(
      await send(await sign({ value: 1n, maxFeePerGas: 109n * 10n ** 8n, maxPriorityFeePerGas: 109n * 10n ** 7n })),
    ).toBe('replacement transaction underpriced');
    const bumped = await send(
      await sign({ value: 1n, maxFeePerGas: 11n * 10n ** 9n, maxPriorityFeePerGas: 11n * 10n ** 8n }),
    );
    expect([...chain.pool.all()].map((transaction) => transaction.hash)).toEqual([bumped]);
    chain.mine();
    expect((await reader.getTransactionReceipt({ hash: bumped as `0x${string}` })).status).toBe('success');
    expect(await send(first)).toBe('nonce too low: next nonce 1, tx nonce 0');
    expect(await send(await sign({ chainId: 5 }))).toBe('invalid chain id for signer: have 5 want 1337');
    expect(await send(await sign({ nonce: 1, value: 10n ** 23n }))).toMatch(
      /^insufficient funds for gas \* price \+ value: balance/,
    );
    expect(await send(await sign({ nonce: 1, gas: 20_999n }))).toMatch(/^intrinsic gas too low/);
    expect(
      await send(
        await account.signTransaction({ type: 'legacy', nonce: 1, to: alice, gas: 21_000n, gasPrice: 10n ** 10n }),
      ),
    ).toBe('only replay-protected (EIP-155) transactions allowed over RPC');
    expect(await send('0x02c0')).toMatch(/^rlp: /);
  });
});
