import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fakeCredentials, startGateway } from '../../../test/harness/gateway-fixture.ts';
import type { GatewayFixture } from '../../../test/harness/gateway-fixture.ts';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { pageFolder } from '../../adapters/node/page-folder.ts';
import { createTokenCodec } from '../token.ts';

const executablePath = env['TXTRAIL_CHROMIUM'];
const alice = { tenant: 'default', subscriber: 'alice' };
const token = createTokenCodec(fakeCredentials.cursorSecret).encode({ ...alice, expiresAtMs: Date.now() + 600_000 });

describe.skipIf(executablePath === undefined)('the EventSource of a browser', () => {
  let browser: Browser;
  let folder = '';
  const started: GatewayFixture[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'txtrail-event-source-'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>empty</title>');
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
  });

  /** Streams end and show that they live when the test lets time pass; a browser comes back at once. */
  async function start(...allowedOrigins: readonly string[]) {
    const scheduler = new ManualScheduler();
    const page = pageFolder(folder);
    const fixture = await startGateway({ stream: { retryMs: 20 } }, { page, allowedOrigins, scheduler });
    started.push(fixture);
    const { url, events } = fixture;
    const isOpen = (): Promise<void> => expect.poll(() => events.watchers, { timeout: 10_000 }).toBe(1);
    const open = async (): Promise<Page> => {
      const made = await browser.newPage();
      await made.goto(url);
      return made;
    };
    return { url, events, scheduler, isOpen, open };
  }

  /** Listens as a page does; what it heard stands in `heard`. */
  async function listen(page: Page, url: string): Promise<void> {
    await page.evaluate((address) => {
      const heard: string[] = [];
      const source = new EventSource(address);
      const take = (message: Event): void => void heard.push((message as MessageEvent).data);
      for (const type of ['transaction.included', 'transaction.finalized']) source.addEventListener(type, take);
      Object.assign(globalThis, { heard, source });
    }, url);
  }

  const seqsOf = async (page: Page): Promise<readonly number[]> => {
    const heard = await page.evaluate(() => (globalThis as unknown as { readonly heard: readonly string[] }).heard);
    return heard.map((data) => JSON.parse(data).seq);
  };

  test('reads under the policy of the page, with a token in the URL, and comes back for exactly what is missing', async () => {
    const { url, events, scheduler, isOpen, open } = await start();
    const page = await open();
    const told: string[] = [];
    page.on('console', (message) => told.push(message.text()));
    await listen(page, `${url}/v1/events/stream?token=${token}`);
    for (let seq = 1; seq <= 10; seq += 1) {
      await isOpen();
      events.add(alice);
      await expect.poll(() => seqsOf(page), { timeout: 10_000 }).toHaveLength(seq);
      await scheduler.pass(900_000);
    }
    expect(await seqsOf(page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(told.filter((text) => text.includes('Content Security Policy'))).toEqual([]);
  });

  test('an id without a message moves it on: what a filter left out is not read again', async () => {
    const { url, events, scheduler, open } = await start();
    const page = await open();
    for (let count = 0; count < 5; count += 1) events.add(alice);
    const reads: number[] = [];
    const read = events.read.bind(events);
    events.read = async (scope, place, limit, filter) => {
      const found = await read(scope, place, limit, filter);
      reads.push(place);
      return found;
    };
    await listen(page, `${url}/v1/events/stream?token=${token}&types=transaction.finalized`);
    await expect.poll(() => reads, { timeout: 10_000 }).toEqual([0]);
    await scheduler.pass(15_000);
    // What was written leaves at the end of the turn.
    await page.title();
    // The line is cut without a last word, and the browser comes back by itself.
    events.before = () => Promise.reject(new Error('cut'));
    events.add(alice);
    await expect.poll(() => events.watchers).toBe(0);
    events.before = () => Promise.resolve();
    events.add({ ...alice, type: 'transaction.finalized' });
    await expect.poll(() => seqsOf(page), { timeout: 10_000 }).toEqual([7]);
    expect(reads[1]).toBe(5);
  });

  test('a page of an origin that is named may read, another may not', async () => {
    const stranger = await start();
    const [named, closed] = [await start(stranger.url), await start()];
    for (const { events } of [named, closed]) events.add(alice);
    // The policy of our own page would keep it to its own origin.
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(stranger.url);
    await listen(page, `${named.url}/v1/events/stream?token=${token}`);
    await expect.poll(() => seqsOf(page), { timeout: 10_000 }).toEqual([1]);
    await listen(page, `${closed.url}/v1/events/stream?token=${token}`);
    const state = (): Promise<number> =>
      page.evaluate(() => (globalThis as unknown as { readonly source: EventSource }).source.readyState);
    await expect.poll(state, { timeout: 10_000 }).toBe(2);
    expect(await seqsOf(page)).toEqual([]);
  });
});
