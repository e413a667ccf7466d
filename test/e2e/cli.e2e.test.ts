import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Transaction, TxTrailEvent } from '@txtrail/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import { createScriptedChainServer } from '../../src/scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import type { ScriptedTransaction } from '../../src/scripted-chain/scripted-transaction.ts';
import { startProcess, type RunningProcess } from '../harness/child-process.ts';
import { HttpClient } from '../harness/http-client.ts';
import { TrackerProcess } from '../harness/tracker-process.ts';
import { waitUntil } from '../harness/wait-until.ts';

const launcher = fileURLToPath(new URL('../../src/cli/txtrail.mjs', import.meta.url));
const chainName = 'eip155:31337';

/** The command as people run it: processes, pipes and signals, over a scripted chain and a real tracker. */
describe('the command line as processes', () => {
  const clock = createSystemClock();
  const chain = new ScriptedChain({ chainId: 31_337, genesisTimeMs: clock.now() - 3_600_000 });
  const provider = new ScriptedProvider({ name: 'main' }, { chain });
  const server = createScriptedChainServer(
    {},
    { chain, providers: [provider], listener: nodeListener, clock, scheduler: createTimerScheduler() },
  );
  let tracker: TrackerProcess;
  let http: HttpClient;
  let accounts = 0;

  beforeAll(async () => {
    await server.start();
    const { http: httpUrl, ws } = server.url('main');
    const providers = [{ name: 'main', http: httpUrl, ws }];
    const chains = [{ chain: chainName, confirmations: 3, thresholds: [2], pollIntervalMs: 200, providers }];
    tracker = new TrackerProcess({ config: { chains } });
    await tracker.start();
    http = new HttpClient(tracker);
    await mine(1);
  });
  afterAll(async () => {
    await tracker?.remove();
    await server.stop();
  });

  function pay(more: { readonly reverts?: boolean } = {}): ScriptedTransaction {
    accounts += 1;
    return chain.submit({ from: `0x${accounts.toString(16).padStart(4, '0').repeat(10)}`, value: 1n, ...more });
  }

  async function mine(count: number): Promise<void> {
    for (let block = 0; block < count; block += 1) {
      chain.mine();
      await followed();
    }
  }

  async function followed(): Promise<void> {
    const isThere = async (): Promise<boolean> => (await http.chains())[0]?.head?.hash === chain.head.hash;
    await waitUntil(isThere, { what: 'the tracker to follow the head', timeoutMs: 60_000 });
  }

  function environment(): Record<string, string> {
    return { TXTRAIL_URL: tracker.url, TXTRAIL_API_KEY: tracker.apiKey };
  }

  function start(...args: readonly string[]): RunningProcess {
    return startProcess({
      name: `txtrail ${args[0]}`,
      command: process.execPath,
      args: [launcher, ...args],
      env: environment(),
    });
  }

  function stdoutOf(child: RunningProcess): readonly string[] {
    return child.lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
  }

  it.each([
    ['0: confirmed', {}, 0],
    ['10: reverted', { reverts: true }, 10],
  ] as const)('track --wait ends with %s', async (_name, more, code) => {
    const { hash } = pay(more);
    const child = start('track', hash, '--chain', chainName, '--wait', '--json');
    await child.waitForLine(/pending/);
    await mine(3);
    expect(await child.exited).toEqual({ code, signal: null });
    expect(stdoutOf(child).map((line) => JSON.parse(line) as Transaction)).toMatchObject([
      { hash, status: 'confirmed' },
    ]);
  });

  it('track --wait ends with 11: replaced', async () => {
    const { hash, from, nonce } = pay();
    const child = start('track', hash, '--chain', chainName, '--wait');
    await child.waitForLine(/pending/);
    chain.submit({ from, nonce, to: from, value: 0n, maxFeePerGas: 200n * 10n ** 9n });
    await mine(1);
    await child.waitForLine(/the one that replaced it is included/);
    await mine(3);
    expect((await child.exited).code).toBe(11);
    expect(stdoutOf(child)[0]).toMatch(/ {2}replaced, cancelled, by 0x[0-9a-f]{64}$/);
  });

  it('track --wait survives a reorg and a restart of the server', async () => {
    const { hash } = pay();
    const child = start('track', hash, '--chain', chainName, '--wait');
    await child.waitForLine(/pending/);
    await mine(1);
    await child.waitForLine(/included/);
    chain.reorg({ depth: 1, length: 2, fates: { [hash]: { kind: 'pool' } } });
    await followed();
    await tracker.restart();
    await followed();
    await mine(3);
    expect((await child.exited).code).toBe(0);
    expect(stdoutOf(child)[0]).toMatch(/ {2}confirmed, /);
  });

  it('track --wait ends with 130 at Ctrl-C', async () => {
    const child = start('track', pay().hash, '--chain', chainName, '--wait');
    await child.waitForLine(/pending/);
    child.kill('SIGINT');
    expect(await child.exited).toEqual({ code: 130, signal: null });
    expect(child.lines.at(-1)?.text).toMatch(/^txtrail: it is still tracked: txtrail status tx_/);
    await mine(1);
  });

  it('tail goes on over kills of the server, leaves nothing out, prints nothing twice, and ends with 0', async () => {
    const subscriber = 'over-restarts';
    const child = start('tail', '--json', '--subscriber', subscriber);
    await child.waitForLine(/^txtrail: following /);
    for (let round = 0; round < 3; round += 1) {
      await http.tracked({ chain: chainName, hash: pay().hash, subscriber });
      await mine(1);
      await tracker.restart();
      await followed();
    }
    await mine(3);
    const kept = async (): Promise<readonly TxTrailEvent[]> =>
      (await http.events({ subscriber, limit: 500 })).body.events;
    const isAllSaid = async (): Promise<boolean> =>
      (await kept()).filter(({ type }) => type === 'transaction.confirmed').length === 3;
    await waitUntil(isAllSaid, { what: 'every confirmation' });
    const events = await kept();
    await waitUntil(() => stdoutOf(child).length >= events.length, {
      what: 'the last line',
      describe: () => child.tail(),
    });
    child.kill('SIGINT');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(stdoutOf(child)).toEqual(events.map((event) => JSON.stringify(event)));
    expect(child.lines.map(({ text }) => text)).toContain('txtrail: connected again');
  });

  it('SIGTERM ends a tail with 0 too', async () => {
    const child = start('tail');
    await child.waitForLine(/^txtrail: following /);
    child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('replay gives the bytes that were sent', async () => {
    const { text } = await http.request('GET', '/v1/events?limit=500');
    const child = start('replay', '--json');
    expect((await child.exited).code).toBe(0);
    expect(text).toContain(`{"events":[${stdoutOf(child).join(',')}],`);
  });

  it('a tail into head ends in silence with 141, at the first event after head has enough', async () => {
    const command = `"${process.execPath}" "${launcher}" tail --from earliest | head -n 2; echo "\${PIPESTATUS[0]}"`;
    let isOver = false;
    const ended = shell(command, environment()).finally(() => {
      isOver = true;
    });
    const feed = async (): Promise<boolean> => {
      await http.tracked({ chain: chainName, hash: pay().hash });
      await mine(1);
      return isOver;
    };
    await waitUntil(feed, { what: 'the pipe to end', timeoutMs: 120_000, everyMs: 100 });
    const { stdout, stderr } = await ended;
    expect(stdout.trimEnd().split('\n')).toEqual([expect.any(String), expect.any(String), '141']);
    expect(stderr.replace(/^txtrail: following .*\n/, '')).toBe('');
  });

  it('init writes what doctor approves of and start takes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'txtrail-cli-'));
    const file = join(folder, 'txtrail.yaml');
    const { http: httpUrl, ws } = server.url('main');
    const given = ['--yes', '--chain', `${chainName}=${httpUrl},${ws}`, '--data', join(folder, 'data')];
    try {
      expect((await start('init', file, ...given).exited).code).toBe(0);
      expect(readFileSync(file, 'utf8')).toContain('chains:');
      const doctor = start('doctor', '--config', file, '--port', '0', '--admin-port', '0', '--json');
      expect((await doctor.exited).code).toBe(0);
      expect(JSON.parse(stdoutOf(doctor).join(''))).toMatchObject({ result: expect.stringMatching(/pass|warn/) });
      const running = start('start', '--config', file, '--port', '0', '--admin-port', '0');
      await running.waitForLine(/^txtrail ready http/);
      expect((await running.stop()).code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('doctor sees the server that runs, and the folder that it holds', async () => {
    const config = ['--chain', `${chainName}=${server.url('main').http}`, '--data', tracker.dataDirectory];
    const ports = ['--port', new URL(tracker.url).port, '--admin-port', new URL(tracker.adminUrl).port];
    const child = start('doctor', ...config, ...ports);
    expect((await child.exited).code).toBe(0);
    const text = stdoutOf(child).join('\n');
    expect(text).toContain(
      `info  machine: data directory: ${tracker.dataDirectory} is in use by process ${tracker.process.pid}`,
    );
    expect(text).toMatch(/info {2}server: port: \S+: a TxTrail runs there/);
    expect(text).toContain('pass  server: ready: it takes work');
  });
});

function shell(
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', command], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(error);
    });
  });
}
