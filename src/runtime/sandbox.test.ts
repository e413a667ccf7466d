import type { SandboxState, Transaction } from '@txtrail/protocol';
import { JsonRpcProvider, Wallet, WebSocketProvider } from 'ethers';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicClient, createWalletClient, http, parseEther, webSocket } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpClient } from '../../test/harness/http-client.ts';
import { recordingLogger } from '../../test/harness/recording-ports.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import type { SandboxConfig } from '../config/sandbox-config.ts';
import { loadSandboxConfig } from '../config/sandbox-config.ts';
import { createMetrics } from '../observability/metrics.ts';
import { knownWallets, revertingAddress } from '../sandbox/accounts.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';

const reverts = revertingAddress as `0x${string}`;
const key = 'key-of-the-tenant-in-the-sandbox-tests-1';
const cleanups: (() => Promise<void> | void)[] = [];
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'txtrail-sandbox-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(dataDir, { recursive: true, force: true });
});

function configOf(args: readonly string[], environment: Readonly<Record<string, string>>): SandboxConfig {
  const free = ['port', 'admin-port', 'rpc-port'].filter((flag) => !args.includes(`--${flag}`));
  const ports = free.flatMap((flag) => [`--${flag}`, '0']);
  const loaded = loadSandboxConfig({ args: [...ports, '--data', dataDir, ...args], environment, readFile: () => '' });
  if (loaded.kind === 'mistakes') throw new Error(JSON.stringify(loaded.mistakes));
  return loaded.config;
}

async function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = { TXTRAIL_API_KEY: key },
): Promise<{ readonly sandbox: Sandbox; readonly client: HttpClient; readonly warnings: () => readonly string[] }> {
  const logger = recordingLogger();
  const config = configOf(args, environment);
  const sandbox = await startSandbox(config, { logger, metrics: createMetrics({ withProcess: false }) });
  cleanups.push(() => sandbox.drain());
  const client = new HttpClient({ url: sandbox.url, apiKey: sandbox.key });
  const warnings = () =>
    logger.lines.filter(({ level }) => level !== 'debug' && level !== 'info').map((line) => JSON.stringify(line));
  return { sandbox, client, warnings };
}

async function tracked(client: HttpClient): Promise<readonly Transaction[]> {
  const page = await client.request<{ readonly data: readonly Transaction[] }>('GET', '/v1/transactions?limit=500');
  return page.body.data;
}

describe('the demo', () => {
  test('shows everything that the tracker can say, by transactions that it sent and registered like anybody', async () => {
    const { client, warnings } = await start(['--block-time', '0.25', '--seed', '11']);
    const missing = new Set(wanted.keys());
    let cursor = '';
    const seen: Told[] = [];
    const lookFurther = async (): Promise<boolean> => {
      const page = await client.request<Page>(
        'GET',
        `/v1/events?limit=500&wait=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      cursor = page.body.nextCursor;
      seen.push(...page.body.events);
      for (const name of missing) if (wanted.get(name)!(seen)) missing.delete(name);
      return missing.size === 0;
    };
    await waitUntil(lookFurther, {
      what: 'everything',
      timeoutMs: 90_000,
      describe: () => `missing: ${[...missing].join(', ')}\n${warnings().join('\n')}`,
    });
    for (const { metadata, subscriber } of await tracked(client)) {
      expect([subscriber, (metadata as { label: string }).label]).toEqual(['demo', expect.stringMatching(/\w/)]);
    }
  }, 120_000);

  test('is left out where that is asked for', async () => {
    const { sandbox, client } = await start(['--block-time', '0.1', '--no-demo']);
    const viemClient = createPublicClient({ chain: foundry, transport: http(sandbox.rpcUrl), pollingInterval: 20 });
    const from = await viemClient.getBlockNumber();
    await waitUntil(async () => (await viemClient.getBlockNumber({ cacheTime: 0 })) > from + 5n, {
      what: 'five blocks',
    });
    expect(await tracked(client)).toEqual([]);
    const head = await viemClient.getBlock();
    expect([head.transactions, (await viemClient.getBlock({ blockNumber: from })).hash]).toEqual([
      [],
      expect.any(String),
    ]);
  });
});

interface Told {
  readonly type: string;
  readonly data: {
    readonly transaction: Transaction;
    readonly late: boolean;
    readonly replacement?: { readonly reason: string };
  };
}

interface Page {
  readonly events: readonly Told[];
  readonly nextCursor: string;
}

const said = (type: string) => (told: readonly Told[]) => told.some((event) => event.type === `transaction.${type}`);
const replacedAs = (reason: string) => (told: readonly Told[]) =>
  told.some(({ type, data }) => type === 'transaction.replaced' && data.replacement?.reason === reason);

/** What the page must be able to show, each by the events that tell of it. */
const wanted = new Map<string, (told: readonly Told[]) => boolean>([
  ['pending', said('pending')],
  ['included', said('included')],
  ['a threshold', said('confirmation')],
  ['confirmed', said('confirmed')],
  ['finalized', said('finalized')],
  ['repriced', replacedAs('repriced')],
  ['cancelled', replacedAs('cancelled')],
  ['replaced', replacedAs('replaced')],
  ['late', (told) => told.some(({ type, data }) => type === 'transaction.included' && data.late)],
  ['reverted', (told) => told.some(({ data }) => data.transaction.execution === 'reverted')],
  ['reorged, then included again', (told) => told.some((event, index) => isIncludedAgain(event, told.slice(index)))],
  ['pending behind a gap', (told) => told.some((event) => waitsBehindGap(event, told))],
]);

function isIncludedAgain({ type, data }: Told, later: readonly Told[]): boolean {
  const { id } = data.transaction;
  return (
    type === 'transaction.reorged' &&
    later.some((other) => other.type === 'transaction.included' && other.data.transaction.id === id)
  );
}

/** It was pending before the transaction of the nonce before it was registered, and is in a block now. */
function waitsBehindGap({ type, data: { transaction } }: Told, told: readonly Told[]): boolean {
  const before = told.find(
    ({ data }) => data.transaction.from === transaction.from && data.transaction.nonce === (transaction.nonce ?? 0) - 1,
  );
  return (
    type === 'transaction.pending' && before !== undefined && before.data.transaction.createdAt > transaction.updatedAt
  );
}

describe('the JSON-RPC port', () => {
  test('serves viem: local and unlocked accounts, fees, receipts, replacement, blocks over a socket', async () => {
    const { sandbox } = await start(['--block-time', '0.3', '--no-demo']);
    const transport = http(sandbox.rpcUrl);
    const client = createPublicClient({ chain: foundry, transport, pollingInterval: 50 });
    const account = privateKeyToAccount(knownWallets[0]!.privateKey as `0x${string}`);
    const wallet = createWalletClient({ chain: foundry, transport, account });
    const to = knownWallets[1]!.address as `0x${string}`;
    expect(await client.getChainId()).toBe(foundry.id);
    expect((await client.estimateFeesPerGas()).maxFeePerGas).toBeGreaterThan(0n);

    const hash = await wallet.sendTransaction({ to, value: parseEther('1') });
    const receipt = await client.waitForTransactionReceipt({ hash, confirmations: 2 });
    expect([receipt.status, receipt.transactionHash, receipt.from]).toEqual([
      'success',
      hash,
      account.address.toLowerCase(),
    ]);
    expect(await client.getBalance({ address: to })).toBe(parseEther('10001'));

    const unlocked = createWalletClient({ chain: foundry, transport, account: to });
    expect(await unlocked.getAddresses()).toHaveLength(10);
    const sent = await unlocked.sendTransaction({ to: account.address, value: 1n });
    expect((await client.waitForTransactionReceipt({ hash: sent })).status).toBe('success');

    const reverting = wallet.sendTransaction({ to: reverts, gas: 50_000n });
    expect((await client.waitForTransactionReceipt({ hash: await reverting })).status).toBe('reverted');
    await expect(client.call({ to: reverts })).rejects.toThrow(/reverted/);

    const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'pending' });
    const low = await wallet.sendTransaction({
      to,
      value: 1n,
      nonce,
      maxFeePerGas: 10n ** 8n,
      maxPriorityFeePerGas: 1n,
    });
    const reasons: string[] = [];
    const replaced = client.waitForTransactionReceipt({ hash: low, onReplaced: ({ reason }) => reasons.push(reason) });
    await client.getTransaction({ hash: low });
    const higher = await wallet.sendTransaction({ to, value: 1n, nonce });
    expect([(await replaced).transactionHash, reasons]).toEqual([higher, ['repriced']]);

    const socketClient = createPublicClient({
      chain: foundry,
      transport: webSocket(sandbox.rpcUrl.replace('http', 'ws')),
    });
    const next = await new Promise<bigint>((resolve, reject) => {
      const stop = socketClient.watchBlockNumber({ onBlockNumber: (number) => resolve(number), onError: reject });
      cleanups.push(stop);
    });
    expect(next).toBeGreaterThan(0n);
    (await socketClient.transport.getRpcClient()).close();
  });

  test('serves ethers: wallets, signers of the node, fees, waits, blocks over a socket', async () => {
    const { sandbox } = await start(['--block-time', '0.3', '--no-demo']);
    const provider = new JsonRpcProvider(sandbox.rpcUrl, undefined, { pollingInterval: 50 });
    cleanups.push(() => provider.destroy());
    const wallet = new Wallet(knownWallets[2]!.privateKey, provider);
    const to = knownWallets[3]!.address;
    expect((await provider.getNetwork()).chainId).toBe(31_337n);
    expect((await provider.getFeeData()).maxFeePerGas).toBeGreaterThan(0n);
    const sent = await wallet.sendTransaction({ to, value: 7n });
    const receipt = await sent.wait(2);
    expect([receipt?.status, receipt?.hash, await sent.confirmations()]).toEqual([1, sent.hash, expect.any(Number)]);
    const signer = await provider.getSigner(4);
    const unlocked = await (await signer.sendTransaction({ to, value: 1n })).wait();
    expect([unlocked?.status, unlocked?.from.toLowerCase()]).toEqual([1, knownWallets[4]!.address]);
    expect(await provider.getBalance(to)).toBe(10_000n * 10n ** 18n + 8n);
    expect(await provider.getLogs({ fromBlock: 0 })).toEqual([]);
    const socket = new WebSocketProvider(sandbox.rpcUrl.replace('http', 'ws'));
    cleanups.push(() => socket.destroy());
    const heard = await new Promise<number>((resolve) => void socket.once('block', resolve));
    expect(heard).toBeGreaterThan(0);
    // Its subscription ends in the background; whoever destroys it before is told so.
    for (let turn = 0; turn < 3; turn += 1) await socket.send('eth_blockNumber', []);
  });

  test('is open to pages of any origin', async () => {
    const { sandbox } = await start(['--no-demo']);
    const headers = { origin: 'http://localhost:3000', 'content-type': 'application/json' };
    const preflight = await fetch(sandbox.rpcUrl, {
      method: 'OPTIONS',
      headers: {
        ...headers,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('content-type'),
    ]);
    const answer = await fetch(sandbox.rpcUrl, {
      method: 'POST',
      headers,
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toMatchObject({ result: '0x7a69' });
  });
});

describe('the buttons', () => {
  test('a transaction of a user goes through a reorg, and ends well', async () => {
    const { sandbox, client } = await start(['--block-time', '0.3', '--no-demo', '--seed', '1']);
    const transport = http(sandbox.rpcUrl);
    const account = privateKeyToAccount(knownWallets[0]!.privateKey as `0x${string}`);
    const wallet = createWalletClient({ chain: foundry, transport, account });
    const hash = await wallet.sendTransaction({ to: account.address, value: 1n });
    const { id } = await client.tracked({ chain: 'sandbox', hash });
    await waitUntil(async () => (await client.transaction(id)).status === 'included', {
      what: 'the inclusion',
      everyMs: 5,
    });
    const answer = await client.request<SandboxState>('POST', '/sandbox/reorg', { depth: 8 });
    expect([answer.status, answer.body.chainId]).toEqual([200, 31_337]);
    // What is decided shows at once in the transaction, and in its history when its event has a number.
    const types = await waitUntil(
      async () => {
        const { body } = await client.request<{ readonly data: readonly { readonly type: string }[] }>(
          'GET',
          `/v1/transactions/${id}/history`,
        );
        const seen = body.data.map(({ type }) => type.replace('transaction.', ''));
        return seen.includes('finalized') ? seen : null;
      },
      { what: 'its end' },
    );
    expect((await client.transaction(id)).status).toBe('finalized');
    expect(types.slice(types.indexOf('reorged'))).toEqual(expect.arrayContaining(['reorged', 'included', 'finalized']));
    expect((await client.request('POST', '/sandbox/reorg', { depth: 9 })).status).toBe(422);
  });

  test('a stalled provider answers nothing: the tracker follows the other one meanwhile, and wallets notice nothing', async () => {
    const { sandbox, client } = await start(['--block-time', '0.3', '--no-demo']);
    const stateOf = async (name: string) =>
      (await client.chains())[0]?.providers.find((provider) => provider.name === name)?.state;
    await waitUntil(async () => (await stateOf('alpha')) === 'leading', { what: 'alpha leading' });
    const answer = await client.request<SandboxState>('POST', '/sandbox/stall', { provider: 'alpha', seconds: 120 });
    expect(answer.body.providers[0]).toEqual({ name: 'alpha', stalledUntil: expect.stringMatching(/Z$/) });
    expect(answer.body.providers[1]).toEqual({ name: 'beta', stalledUntil: null });
    await waitUntil(async () => (await stateOf('beta')) === 'leading', { what: 'beta leading', timeoutMs: 60_000 });
    const before = (await client.chains())[0]?.head?.number ?? 0;
    await waitUntil(async () => ((await client.chains())[0]?.head?.number ?? 0) > before + 2, {
      what: 'blocks of beta',
    });
    const wallet = createPublicClient({ chain: foundry, transport: http(sandbox.rpcUrl) });
    expect(await wallet.getBlockNumber()).toBeGreaterThan(BigInt(before));
    await client.request('POST', '/sandbox/stall', { provider: 'alpha', seconds: 1 });
    await waitUntil(async () => (await stateOf('alpha')) === 'standby', { what: 'alpha back', timeoutMs: 60_000 });
    expect((await client.request('POST', '/sandbox/stall', { provider: 'gamma', seconds: 1 })).status).toBe(422);
  }, 150_000);

  test('a gas spike leaves the low offers of the demo waiting', async () => {
    const { client } = await start(['--block-time', '0.3', '--seed', '5']);
    const answer = await client.request<SandboxState>('POST', '/sandbox/gas-spike', { seconds: 6 });
    expect(answer.body.gasSpikeUntil).toMatch(/Z$/);
    const sweeps = async (): Promise<readonly Transaction[]> =>
      (await tracked(client)).filter(({ metadata }) => /^Savings sweep/.test((metadata as { label: string }).label));
    const baseFee = async (): Promise<bigint> =>
      BigInt((await client.request<SandboxState>('GET', '/sandbox')).body.baseFeePerGas);
    await waitUntil(async () => (await sweeps()).length === 3, { what: 'three low offers' });
    await waitUntil(async () => (await baseFee()) > 2_000_000_000n, { what: 'the fee rising' });
    await waitUntil(async () => (await sweeps()).every(({ status }) => ['confirmed', 'finalized'].includes(status)), {
      what: 'them being mined once it is over',
      timeoutMs: 60_000,
    });
  }, 90_000);
});

describe('what lies on the disk', () => {
  test('a key that stays, and a folder that goes', async () => {
    const first = await start(['--no-demo'], {});
    const keyFile = join(dataDir, 'sandbox-key');
    expect(first.sandbox.keyFile).toBe(keyFile);
    expect(first.sandbox.newKeys.apiKey).toBe(first.sandbox.key);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir).sort()).toEqual([`sandbox-${process.pid}`, 'sandbox-key']);
    await first.sandbox.drain();
    expect(readdirSync(dataDir)).toEqual(['sandbox-key']);
    const second = await start(['--no-demo'], {});
    expect([second.sandbox.key, second.sandbox.newKeys.apiKey]).toEqual([first.sandbox.key, null]);
  });

  test('no key file where a key is given, and nothing at all where the start fails', async () => {
    const { sandbox } = await start(['--no-demo']);
    expect([sandbox.keyFile, sandbox.key, existsSync(join(dataDir, 'sandbox-key'))]).toEqual([null, key, false]);
    await sandbox.drain();
    const taken = createServer();
    await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void taken.close());
    const { port } = taken.address() as { readonly port: number };
    await expect(start(['--rpc-port', String(port), '--no-demo'])).rejects.toThrow(/in use.*--rpc-port/);
    await expect(start(['--port', String(port), '--no-demo'])).rejects.toThrow(/in use.*--port/);
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
