import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../../test/harness/fake-terminal.ts';
import { NodeDisk } from '../../adapters/node/node-disk.ts';
import { nodeListener } from '../../adapters/node/node-listener.ts';
import { createSystemClock } from '../../adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../adapters/node/timer-scheduler.ts';
import type { FaultRule } from '../../scripted-chain/fault.ts';
import { ScriptedChain } from '../../scripted-chain/scripted-chain.ts';
import { createScriptedChainServer } from '../../scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../../scripted-chain/scripted-provider.ts';
import { runCommand } from '../run-command.ts';
import type { Check } from './check.ts';

const cleanups: (() => Promise<void> | void)[] = [];
let data = '';

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'txtrail-doctor-'));
  data = join(folder, 'data');
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface ChainOptions {
  readonly faults?: readonly FaultRule[];
  readonly headTimeMs?: number;
  /** Blocks below the head that are final; null: no block is. */
  readonly finalizedDepth?: number | null;
}

/** A chain with one provider; gives the value of `--chain` for it. */
async function startChain({ faults = [], headTimeMs, finalizedDepth = 2 }: ChainOptions = {}): Promise<{
  readonly http: string;
  readonly ws: string;
  readonly flag: string;
}> {
  const genesisTimeMs = (headTimeMs ?? Math.floor(Date.now() / 1000) * 1000) - 40_000;
  const depths = { safeDepth: 1, finalizedDepth };
  const chain = new ScriptedChain({ chainId: 31_337, genesisTimeMs, blockTimeMs: 10_000, ...depths });
  chain.mine({ count: 4 });
  const provider = new ScriptedProvider({ name: 'main' }, { chain });
  for (const fault of faults) provider.fault(fault);
  const ports = { listener: nodeListener, clock: createSystemClock(), scheduler: createTimerScheduler() };
  const deps = { chain, providers: [provider], ...ports };
  const server = createScriptedChainServer({}, deps);
  await server.start();
  cleanups.push(() => server.stop());
  const { http, ws } = server.url('main');
  return { http, ws, flag: `sandbox=${http},${ws}` };
}

interface Examined {
  readonly code: number;
  readonly checks: readonly Check[];
  readonly result: string;
  readonly terminal: FakeTerminal;
  /** `RESULT finding` of the one check of that name. */
  of(name: string): string;
}

async function examine(
  args: readonly string[],
  options: ConstructorParameters<typeof FakeTerminal>[0] = {},
): Promise<Examined> {
  const terminal = new FakeTerminal(options);
  const ports = args.includes('--port') ? [] : ['--port', '0', '--admin-port', '0'];
  const code = await runCommand(['doctor', '--json', '--data', data, ...ports, ...args], terminal);
  const { checks, result } = JSON.parse(terminal.stdout) as Pick<Examined, 'checks' | 'result'>;
  const of = (name: string): string => {
    const found = checks.filter((check) => check.name === name);
    if (found.length !== 1) throw new Error(`${found.length} checks of ${name}: ${terminal.stdout}`);
    return `${found[0]?.result} ${found[0]?.finding}`;
  };
  return { code, checks, result, terminal, of };
}

describe('a chain whose provider does all it should', () => {
  test('passes every check, and the doctor leaves nothing behind', async () => {
    mkdirSync(data);
    const { http, flag } = await startChain();
    const found = await examine(['--chain', flag]);
    expect(found.checks.filter(({ result }) => result === 'fail' || result === 'warn')).toEqual([]);
    expect([found.code, found.result]).toEqual([0, 'pass']);
    expect(found.of('chain')).toBe(`pass ${http.replace(/\/main$/, '/…')} serves eip155:31337`);
    expect(found.of('head')).toMatch(/^pass block 4, \d+ s old$/);
    expect(found.of('final')).toBe('pass safe is 1 and finalized 2 blocks behind the head');
    expect(found.of('receipts')).toMatch(/^pass/);
    expect(found.of('batch')).toMatch(/^pass/);
    expect(found.of('clock')).toMatch(/^pass/);
    expect(found.of('heads by socket')).toMatch(/^pass ws:\/\/127\.0\.0\.1:\d+\/… announces new heads$/);
    expect(found.of('old state')).toMatch(/^info kept from the first block/);
    expect(readdirSync(data)).toEqual([]);
  });

  test('is told in lines for people: result first, how to mend below, the count on stderr', async () => {
    const { flag } = await startChain({ faults: [{ fault: { kind: 'batch_refused' }, positions: [1] }] });
    const terminal = new FakeTerminal();
    const args = ['doctor', '--data', data, '--port', '0', '--admin-port', '0', '--chain', flag];
    expect(await runCommand(args, terminal)).toBe(0);
    expect(terminal.lines[0]).toMatch(/^pass {2}configuration: options: valid: sandbox \(providers: 1\)$/);
    expect(terminal.stdout).toContain(
      'warn  sandbox p1: batch: batches are refused\n      Calls go one by one instead: more requests, nothing else.\n',
    );
    expect(terminal.stderr).toMatch(/^\d+ checks: 0 failed, 1 to look at\n$/);
  });
});

describe('what a provider lacks or gets wrong', () => {
  const missing: FaultRule['fault'] = { kind: 'error', code: -32601, message: 'method not found' };
  test.each<[string, ChainOptions, string, RegExp, 0 | 1]>([
    [
      'another chain',
      { faults: [{ fault: { kind: 'wrong_chain_id', chainId: 1 } }] },
      'chain',
      /^fail .* serves eip155:1, not eip155:31337$/,
      1,
    ],
    [
      'no eth_getBlockReceipts',
      { faults: [{ fault: missing, methods: ['eth_getBlockReceipts'] }] },
      'receipts',
      /^warn no eth_getBlockReceipts/,
      0,
    ],
    [
      'no batches',
      { faults: [{ fault: { kind: 'batch_refused' }, positions: [1] }] },
      'batch',
      /^warn batches are refused$/,
      0,
    ],
    [
      'no finalized tag',
      { faults: [{ fault: { kind: 'missing_tag', tag: 'finalized' } }] },
      'final',
      /^warn no finalized tag/,
      0,
    ],
    ['an old head', { headTimeMs: Date.now() - 3_600_000 }, 'head', /^warn block 4, 36\d\d s old$/, 0],
    [
      'a head of the future',
      { headTimeMs: Date.now() + 600_000 },
      'head',
      /^warn block 4 is 59\d s ahead of this machine's clock$/,
      0,
    ],
    [
      'no subscriptions',
      { faults: [{ fault: missing, methods: ['eth_subscribe'] }] },
      'heads by socket',
      /^warn ws:.* takes no subscription/,
      0,
    ],
    [
      'no old state',
      {
        faults: [{ fault: { kind: 'error', code: -32000, message: 'missing trie node' }, methods: ['eth_getBalance'] }],
      },
      'old state',
      /^info not kept/,
      0,
    ],
    [
      'an HTML page for answers',
      { faults: [{ fault: { kind: 'html' } }] },
      'answer',
      /^fail http:\/\/127\.0\.0\.1:\d+\/… does not answer: /,
      1,
    ],
  ])('%s', async (_name, options, check, finding, code) => {
    const found = await examine(['--chain', (await startChain(options)).flag]);
    expect(found.of(check)).toMatch(finding);
    expect(found.checks.find(({ name }) => name === check)?.remedy ?? '').toMatch(check === 'old state' ? /^$/ : /\.$/);
    expect(found.code).toBe(code);
  });

  test('a clock that is off is told from the provider’s Date header', async () => {
    const server = createServer((request, response) => {
      response.setHeader('date', new Date(Date.now() - 90_000).toUTCString());
      const answers: Record<string, unknown> = {
        eth_chainId: '0x7a69',
        eth_blockNumber: '0x4',
        eth_getBlockByNumber: {
          number: '0x4',
          hash: `0x${'ab'.repeat(32)}`,
          timestamp: `0x${Math.floor(Date.now() / 1000).toString(16)}`,
        },
        eth_getBlockReceipts: [],
        eth_getBalance: '0x0',
      };
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        const body = JSON.parse(text) as { id: number; method: string } | { id: number; method: string }[];
        const answer = ({ id, method }: { id: number; method: string }): object => ({
          jsonrpc: '2.0',
          id,
          result: answers[method],
        });
        response.end(JSON.stringify(Array.isArray(body) ? body.map(answer) : answer(body)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void server.close());
    const found = await examine(['--chain', `sandbox=http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
    expect(found.of('clock')).toMatch(/^warn this machine's clock is \d\d s ahead of the provider's$/);
    expect(found.of('heads by socket')).toBe('info no ws URL: the head is asked for every 667 ms');
  });

  test('nobody there is a failure that shows no more of the URL than its host', async () => {
    const found = await examine(['--chain', 'sandbox=http://user:secret@127.0.0.1:1/KEY']);
    expect([found.code, found.result]).toEqual([1, 'fail']);
    expect(found.of('answer')).toMatch(/^fail http:\/\/127\.0\.0\.1:1\/… does not answer: .*ECONNREFUSED/);
    expect(found.terminal.stdout).not.toMatch(/secret|KEY/);
  });
});

describe('the configuration', () => {
  test('without a chain it warns and looks at the machine all the same', async () => {
    const found = await examine([]);
    expect(found.of('options')).toBe('warn no chain is named, so no provider was asked');
    expect(found.of('node')).toBe(`pass ${process.versions.node}`);
    expect(found.code).toBe(0);
  });

  test('each mistake of the file is a failure with its place', async () => {
    const files = { 'c.yaml': 'chains: [{ chain: ethereum, confirmation: 3, providers: [] }]\nlogLevel: loud\n' };
    const found = await examine(['--config', 'c.yaml'], { files });
    const findings = found.checks.filter(({ area }) => area === 'configuration').map(({ finding }) => finding);
    expect(findings).toEqual([
      'c.yaml: chains[0].confirmation: is not known here; did you mean confirmations?',
      expect.stringContaining('c.yaml: logLevel: expected debug'),
      'c.yaml: chains[0].providers: expected at least one provider, found nothing',
    ]);
    expect(found.code).toBe(1);
  });

  test('flags are those of a start, every one of them', async () => {
    const { flag } = await startChain();
    const start = ['--chain', flag, '--role', 'status', '--log-level', 'warn', '--history-days', '7'];
    const found = await examine(start);
    // `--role` runs distributed, and the file that names the services is missing.
    expect(found.checks.find(({ name }) => name === 'options')?.finding).toContain('distributed.kafka.brokers');
    expect((await examine(start.filter((word) => !['--role', 'status'].includes(word)))).of('chain')).toMatch(/^pass/);
  });

  test('variables count as in a start', async () => {
    const { flag } = await startChain();
    const found = await examine([], { environment: { TXTRAIL_CHAIN: flag } });
    expect(found.of('chain')).toMatch(/^pass/);
  });
});

describe('the machine', () => {
  test('a data directory that another process holds is told, with its id', async () => {
    const lock = await new NodeDisk({ directory: data }).lock();
    expect((await examine([])).of('data directory')).toBe(`info ${data} is in use by process ${process.pid}`);
    await lock.release();
    expect((await examine([])).of('data directory')).toBe(`pass ${data} can be written to and is free`);
  });

  test('a file in the place of the data directory is a failure', async () => {
    writeFileSync(data, '');
    const found = await examine([]);
    expect(found.of('data directory')).toBe(`fail ${data} is no folder`);
    expect(found.code).toBe(1);
  });

  test('a port that another program holds is a failure', async () => {
    const server = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const found = await examine(['--port', String(port), '--admin-port', '0']);
    expect(found.of('port')).toBe(`fail 127.0.0.1:${port} is in use by another program`);
    expect(found.code).toBe(1);
  });
});
