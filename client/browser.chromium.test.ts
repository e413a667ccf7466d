import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDashboard } from '../scripts/build-dashboard.mjs';
import { nodeListener } from '../src/adapters/node/node-listener.ts';
import { createSystemClock } from '../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../src/adapters/node/timer-scheduler.ts';
import { ScriptedChain } from '../src/scripted-chain/scripted-chain.ts';
import { createScriptedChainServer } from '../src/scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../src/scripted-chain/scripted-provider.ts';
import { HttpClient } from '../test/harness/http-client.ts';
import { TrackerProcess } from '../test/harness/tracker-process.ts';
import { waitUntil } from '../test/harness/wait-until.ts';
import { createClient } from './src/client.ts';

const executablePath = env['TXTRAIL_CHROMIUM'];
const root = fileURLToPath(new URL('..', import.meta.url));
const binFolder = join(root, 'node_modules', '.bin');
const chainId = 31_337;
const chainName = `eip155:${chainId}`;

describe.skipIf(executablePath === undefined)('examples/browser.html, from another origin, with a token', () => {
  const clock = createSystemClock();
  const chain = new ScriptedChain({ chainId, genesisTimeMs: clock.now() - 3_600_000 });
  const provider = new ScriptedProvider({ name: 'main' }, { chain });
  const ports = { listener: nodeListener, clock, scheduler: createTimerScheduler() };
  const rpc = createScriptedChainServer({}, { chain, providers: [provider], ...ports });
  const pages = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(readFileSync(join(root, 'examples/browser.html')));
  });
  let tracker: TrackerProcess;
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    await ensureDashboard({ ...env, PATH: `${binFolder}:${env['PATH'] ?? ''}` });
    await rpc.start();
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    const providers = [{ name: 'main', role: 'primary', ...rpc.url('main') }];
    const followed = {
      chain: chainName,
      confirmations: 2,
      thresholds: [],
      pollIntervalMs: 200,
      finality: 'tag',
      providers,
    };
    tracker = new TrackerProcess({ config: { server: { allowedOrigins: [origin] }, chains: [followed] } });
    await tracker.start();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await tracker?.remove();
    await rpc.stop();
    await new Promise((resolve) => pages.close(resolve));
  });

  let accounts = 0;
  async function happen(subscriber: string): Promise<void> {
    accounts += 1;
    const payment = chain.submit({ from: `0x${accounts.toString(16).padStart(4, '0').repeat(10)}`, value: 1n });
    const http = new HttpClient(tracker);
    const { id } = await http.tracked({ chain: chainName, hash: payment.hash, subscriber });
    chain.mine();
    chain.mine();
    await waitUntil(async () => (await http.transaction(id)).status === 'confirmed', { what: 'a confirmation' });
  }

  const shown = (page: Page): Promise<readonly string[]> => page.locator('#events li').allTextContents();

  it.each(['websocket', 'sse', 'poll'] as const)(
    'shows each event once, through a stop and a start of the server (%s)',
    async (transport) => {
      const subscriber = `browser-${transport}`;
      const tenant = createClient({ url: tracker.url, key: tracker.apiKey });
      const { token } = await tenant.createToken({ subscriber });
      await happen(subscriber);
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.goto(`${origin}/browser.html?${new URLSearchParams({ url: tracker.url, token, transport })}`);
      const state = page.locator('#state');
      await expect.poll(() => state.textContent(), { timeout: 30_000 }).toBe(`live (${transport})`);
      await expect.poll(() => shown(page), { timeout: 30_000 }).not.toEqual([]);

      await tracker.terminate();
      await expect.poll(() => state.textContent(), { timeout: 30_000 }).not.toBe(`live (${transport})`);
      await tracker.start();
      await happen(subscriber);
      const log = await new HttpClient(tracker).allEvents({ subscriber });
      const expected = log.map(({ seq, type, subject }) => `${seq} ${type} ${subject}`);
      expect(expected.length).toBeGreaterThan(3);
      await expect.poll(() => shown(page), { timeout: 60_000 }).toEqual(expected);
      expect(await state.textContent()).toBe(`live (${transport})`);
      expect(faults).toEqual([]);
      await page.close();
    },
  );
});
