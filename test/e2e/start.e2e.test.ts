import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProcess, type RunningProcess } from '../harness/child-process.ts';
import { HttpClient } from '../harness/http-client.ts';
import { waitUntil } from '../harness/wait-until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const key = 'api-key-for-tests-0123456789-0123456789';
/** The page may have to be built first, beside whatever else the machine does. */
const startTimeoutMs = 400_000;
const freePorts = ['--port', '0', '--admin-port', '0', '--rpc-port', '0'];

let dataDir: string;
const running: RunningProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'txtrail-start-'));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop(10_000);
  rmSync(dataDir, { recursive: true, force: true });
});

function start(script: string, args: readonly string[], environment: Readonly<Record<string, string>>): RunningProcess {
  const env = { TXTRAIL_DATA: dataDir, ...environment };
  const started = startProcess({ name: script, command: process.execPath, args: [script, ...args], env, cwd: root });
  running.push(started);
  return started;
}

async function urlOf(sandbox: RunningProcess): Promise<string> {
  const [, url] = await sandbox.waitForLine(/^txtrail ready (http:\/\/\S+)$/, startTimeoutMs);
  return url ?? '';
}

describe('txtrail sandbox', () => {
  it('has events soon, ends with 0 when told to, and leaves its key and no folder', async () => {
    const sandbox = start('src/cli/txtrail.mjs', ['sandbox', ...freePorts, '--seed', '1'], {});
    const url = await urlOf(sandbox);
    const [, apiKey = ''] = await sandbox.waitForLine(/^txtrail key (\S+)$/);
    const client = new HttpClient({ url, apiKey });
    const session = await fetch(`${url}/sandbox/session`);
    expect(await session.json()).toEqual({ key: apiKey });
    const firstEvent = await waitUntil(
      async () => (await client.request<{ events: unknown[] }>('GET', '/v1/events?wait=10')).body.events[0],
      { what: 'the first event', describe: () => sandbox.tail() },
    );
    expect(firstEvent).toMatchObject({ subscriber: 'demo', seq: 1 });
    expect(readdirSync(dataDir).sort()).toEqual([`sandbox-${sandbox.pid}`, 'sandbox-key']);
    sandbox.kill('SIGTERM');
    expect(await sandbox.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(dataDir)).toEqual(['sandbox-key']);
    expect(sandbox.lines.filter(({ text }) => /"level":"(warn|error)"/.test(text))).toEqual([]);
  });

  it('clears away what a killed one left', async () => {
    const killed = start('src/cli/txtrail.mjs', ['sandbox', ...freePorts, '--no-demo'], {});
    await urlOf(killed);
    killed.kill('SIGKILL');
    await killed.exited;
    expect(readdirSync(dataDir)).toContain(`sandbox-${killed.pid}`);
    const next = start('src/cli/txtrail.mjs', ['sandbox', ...freePorts, '--no-demo'], {});
    await urlOf(next);
    expect(readdirSync(dataDir).sort()).toEqual([`sandbox-${next.pid}`, 'sandbox-key']);
  });
});

describe('npm start', () => {
  it('prints a tour whose lines do what they say', async () => {
    const sandbox = start('scripts/start.mjs', freePorts, { TXTRAIL_API_KEY: key });
    const url = await urlOf(sandbox);
    await sandbox.waitForLine(/^Ctrl-C ends everything/, startTimeoutMs);
    const printed = sandbox.lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
    const from = printed.findIndex((line) => line.startsWith('# 0.'));
    const to = printed.findIndex((line) => line.startsWith('What each verdict rests on'));
    expect(from).toBeGreaterThan(0);
    const tour = printed.slice(from, to);
    // What an interactive zsh would stumble over.
    for (const comment of tour.filter((line) => line.startsWith('#')))
      expect(comment).not.toMatch(/['"`;()[\]{}&|<>$!]/);
    const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
    const script = [...tour, 'echo finished'].join('\n');
    const shell = startProcess({ name: 'tour', command: 'sh', args: ['-c', script], env: { PATH: path }, cwd: root });
    running.push(shell);
    await shell.waitForLine(/^finished$/, startTimeoutMs);
    const said = shell.lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
    expect(said).toEqual([
      expect.stringMatching(/^0x[0-9a-f]{64}$/),
      expect.stringMatching(/^tx_[0-9a-f]+$/),
      expect.stringMatching(/^"blockNumber":\d+$/),
      expect.stringMatching(/^transaction\.(pending|included) /),
      expect.stringMatching(/^0x[0-9a-f]{64}$/),
      expect.stringMatching(/^tx_[0-9a-f]+$/),
      expect.stringMatching(/^"blockNumber":\d+$/),
      '"chainId":31337',
      expect.stringMatching(/transaction\.included .*transaction\.reorged .*transaction\.included/),
      expect.stringMatching(/^0x[0-9a-f]{64} tx_[0-9a-f]+ \w+$/),
      'finished',
    ]);
    expect((await shell.exited).code).toBe(0);
    // Its own subscriber counts for itself, whatever the demo does.
    const own = await new HttpClient({ url, apiKey: key }).request<{ events: { seq: number }[] }>(
      'GET',
      '/v1/events?subscriber=default&limit=5',
    );
    expect(own.body.events.map(({ seq }) => seq).slice(0, 3)).toEqual([1, 2, 3]);
    sandbox.kill('SIGTERM');
    expect(await sandbox.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(dataDir)).toEqual([]);
  }, 600_000);

  it('keeps no data folder of somebody who wants to keep data', async () => {
    const refused = start('scripts/start.mjs', ['--data', join(dataDir, 'mine')], {});
    expect(await refused.exited).toEqual({ code: 2, signal: null });
    expect(refused.tail()).toContain('npm start -- --data DIR --chain');
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
