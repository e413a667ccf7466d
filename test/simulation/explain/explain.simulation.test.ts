import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Transaction } from '@txtrail/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureDashboard } from '../../../scripts/build-dashboard.mjs';
import { type Remains, type SeedResult, showSeed } from '../run-seed.ts';
import { explain, type Explanation } from './explain.ts';
import { Recording } from './recording.ts';
import { short } from './story-line.ts';

/** Runs change with the world: the first of these in which a transaction is reorged is the one to explain. */
const seeds = Array.from({ length: 30 }, (_, index) => index + 1);
const command = fileURLToPath(new URL('../simulate.ts', import.meta.url));

/** A transaction that was told to be reorged out of a block that the true chain once had; null: there is none. */
function reorgedIn({ happenings }: Recording): string | null {
  const built = new Set<string>();
  for (const happening of happenings) {
    if (happening.kind === 'chain' && happening.fact.kind === 'block') built.add(happening.fact.block.hash);
    if (happening.kind !== 'received') continue;
    const { reorg, transaction } = happening.event.data;
    if (reorg !== undefined && built.has(reorg.fromBlockHash)) return transaction.hash;
  }
  return null;
}

describe('an explained seed', () => {
  let seed = 0;
  let result: SeedResult;
  let hash: string;
  let recording: Recording;
  let explanation: Explanation;
  let remains: Remains;

  beforeAll(async () => {
    await ensureDashboard(process.env);
    for (seed of seeds) {
      recording = new Recording();
      const shown = await showSeed(seed, recording);
      const reorged = reorgedIn(recording);
      if (reorged === null) continue;
      hash = reorged;
      ({ result, remains } = shown);
      explanation = await explain({ ...shown, happenings: recording.happenings }, { wish: hash, isColoured: false });
      return;
    }
    throw new Error('nothing is reorged in any of the seeds');
  }, 240_000);
  afterAll(() => explanation?.server?.close());

  const story = (): string => explanation.lines.join('\n');
  const subject = () => {
    if (explanation.subject === null) throw new Error('nothing was explained');
    return explanation.subject;
  };

  test('tells of every block of the true chain that held it', () => {
    const own = [...subject().blocks].filter(([, { transaction }]) => transaction === hash);
    expect(own.length).toBeGreaterThan(0);
    for (const [block, { number }] of own) expect(story()).toContain(`block ${number} ${short(block)} of`);
  });

  test('tells each event once with its rule, and each delivery', () => {
    const deliveries = recording.happenings.flatMap((one) =>
      one.kind === 'received' && one.event.data.transaction.hash === hash ? [one] : [],
    );
    const events = new Set(deliveries.map(({ event }) => event.id));
    const count = (pattern: RegExp): number => explanation.lines.filter((line) => pattern.test(line)).length;
    expect(events.size).toBeGreaterThan(0);
    expect(count(/^ *\d+\.\d{3} DECIDED .*#\d+ [a-z]+/)).toBe(events.size);
    expect(story()).toMatch(/DECIDED .*reorged out of block \d+/);
    // A long line goes on in the next row.
    expect(explanation.lines.join(' ').match(/ · R\d\d: /g)).toHaveLength(events.size);
    expect(count(/^ *\d+\.\d{3} reader .* gets /)).toBe(deliveries.length);
  });

  test('tells what each provider that was asked about it said, within 160 columns and in the order of time', () => {
    expect(story()).toMatch(/^ *\d+\.\d{3} (alpha|beta|gamma) +eth_\w+ .*→ /m);
    expect(explanation.lines.filter((line) => line.length > 160)).toEqual([]);
    const times = explanation.lines.flatMap((line) => /^ *(\d+\.\d{3}) /.exec(line)?.[1] ?? []).map(Number);
    expect(times).toEqual([...times].sort((left, right) => left - right));
  });

  test('serves what the run left behind: the transaction, its history, and the page that needs no key', async () => {
    const { server, pageUrl } = explanation;
    const [id = ''] = subject().ids;
    const headers = { authorization: `Bearer ${server?.key}` };
    const answer = await fetch(`${server?.url}/v1/transactions/${id}`, { headers });
    expect((await answer.json()) as Transaction).toMatchObject({ id, hash });
    const history = await server?.history(id);
    expect(history?.map(({ revision }) => revision)).toEqual(history?.map((_, index) => index + 1));
    expect(history?.every(({ evidence }) => evidence !== undefined)).toBe(true);
    expect(pageUrl).toBe(`${server?.url}/#chain=${subject().chain}&tx=${id}`);
    const page = await fetch(pageUrl ?? '');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="app">');
    const session = await fetch(`${server?.url}/sandbox/session`);
    expect(await session.json()).toEqual({ key: server?.key });
  });

  test('is what the command prints where nobody sits at a terminal, with the run’s exit code', () => {
    const said = spawnSync(process.execPath, [command, '--seed', String(seed), '--explain', hash], {
      encoding: 'utf8',
    });
    expect(said.status).toBe(result.problems.length > 0 ? 1 : 0);
    expect(said.stdout).toContain(`\n${story()}\n`);
    expect(said.stdout).not.toContain('http://127.0.0.1');
    const unknown = spawnSync(process.execPath, [command, '--seed', String(seed), '--explain', '0xfeed'], {
      encoding: 'utf8',
    });
    expect(unknown.status).toBe(2);
    expect(unknown.stdout).toContain('No transaction is called 0xfeed.');
  });

  test('is served at a terminal until it is interrupted, and ends with the run’s exit code', async () => {
    // Without `exec` the shell gets the Ctrl-C as well, and dash then ends with 130 whatever its child says.
    const line = `exec ${process.execPath} ${command} --seed ${seed} --explain ${hash}`;
    // util-linux's: a terminal for the command, whose exit code it gives.
    const terminal = spawn('script', ['-qefc', line, '/dev/null'], {
      env: { ...process.env, SHELL: '/bin/sh', DISPLAY: '', WAYLAND_DISPLAY: '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => terminal.once('close', resolve));
    let said = '';
    const serves = new Promise<void>((resolve) => {
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Ctrl-C ends this.')) resolve();
      });
    });
    await Promise.race([serves, ended]);
    const url = /Its lifeline: (\S+)/.exec(said)?.[1] ?? '';
    expect((await fetch(url)).status).toBe(200);
    terminal.stdin.write('\u0003');
    expect(await ended).toBe(result.problems.length > 0 ? 1 : 0);
  });

  test('is told from what readers got where the disk cannot be opened any more', async () => {
    await explanation.server?.close();
    for (const name of await remains.disk.list()) remains.disk.flipBit(name, 20);
    const run = { result, remains, happenings: recording.happenings };
    const { lines, server, pageUrl } = await explain(run, { wish: hash, isColoured: false });
    expect(server).toBeNull();
    expect(pageUrl).toBeNull();
    expect(lines.at(-1)).toMatch(/^What the run left behind cannot be opened: ./);
    const verdicts = lines.filter((line) => line.includes(' DECIDED '));
    expect(verdicts.length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.endsWith('its history is not kept'))).toHaveLength(verdicts.length);
  });
});
