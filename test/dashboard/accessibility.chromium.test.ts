import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadSandboxConfig } from '../../src/config/sandbox-config.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { startSandbox, type Sandbox } from '../../src/runtime/sandbox.ts';
import { recordingLogger } from '../harness/recording-ports.ts';
import { axeViolations, chromiumCommand, fitsWidth, isLive, narrow, PageDriver, picture, wide } from './page-driver.ts';

/** All that a browser may have to fetch for the whole page. */
const budgetBytes = 120 * 1024;

/** The live page over a sandbox, as a newcomer meets it: its buttons work, and nobody is kept out. */
describe.skipIf(chromiumCommand === undefined)('the live page of a sandbox', () => {
  let driver: PageDriver;
  let folder: string;
  let sandbox: Sandbox;
  let dataDir: string;

  beforeAll(async () => {
    folder = await PageDriver.build();
    dataDir = mkdtempSync(join(tmpdir(), 'txtrail-page-'));
    const args = [
      '--port',
      '0',
      '--admin-port',
      '0',
      '--rpc-port',
      '0',
      '--block-time',
      '1',
      '--seed',
      '7',
      '--data',
      dataDir,
    ];
    const loaded = loadSandboxConfig({ args, environment: {}, readFile: () => '' });
    if (loaded.kind === 'mistakes') throw new Error(JSON.stringify(loaded.mistakes));
    sandbox = await startSandbox(loaded.config, {
      logger: recordingLogger(),
      metrics: createMetrics({ withProcess: false }),
    });
    driver = await PageDriver.start();
  });
  afterAll(async () => {
    await driver?.stop();
    await sandbox?.drain();
    rmSync(dataDir, { recursive: true, force: true });
  });
  afterEach(async () => {
    expect(await driver.closePages()).toEqual([]);
  });

  async function open(
    view: { readonly size?: typeof wide | typeof narrow; readonly scheme?: 'light' | 'dark' } = {},
  ): Promise<Page> {
    const page = await driver.open({ url: `${sandbox.url}/`, ...view });
    await isLive(page);
    await page.locator('.row a').first().waitFor();
    return page;
  }

  test('opens without a key, and its buttons do what they say', async () => {
    const page = await open();
    await page.getByRole('region', { name: 'Buttons of the sandbox' }).waitFor();
    const orphaned = () => page.locator('[data-row]:not([data-row="0"])').count();
    await page.waitForFunction('document.querySelectorAll(\'[data-row="0"]\').length >= 5');
    const before = await orphaned();
    await page.getByRole('button', { name: 'Reorg 3' }).click();
    await page.getByText('Reorg: the last 3 blocks were replaced.').first().waitFor();
    await expect.poll(orphaned, { timeout: 20_000 }).toBeGreaterThan(before);
    await page.getByLabel('Provider to stall').selectOption('beta');
    await page.getByRole('button', { name: 'Stall' }).click();
    await page.getByText(/beta stalled, .* left/).waitFor();
    await page.getByRole('button', { name: 'Gas spike' }).click();
    await page.getByText(/base fee .* gwei, rising/).waitFor();
    await page.getByRole('button', { name: 'Send your own' }).click();
    await page.getByText("import { createWalletClient, http, parseEther } from 'viem';").waitFor();
  });

  test('shows the ribbon as a table too, with the same blocks', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'As a table' }).click();
    const table = page.getByRole('table', { name: '' }).first();
    await table.waitFor();
    const [rows, blocks] = await page.evaluate<[number, number]>(
      "[document.querySelectorAll('tbody tr').length, document.querySelectorAll('[data-block]').length]",
    );
    expect(rows).toBe(blocks);
  });

  describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
    test.each([
      ['wide', wide],
      ['narrow', narrow],
    ] as const)('%s: axe finds nothing in any view', async (width, size) => {
      const page = await open({ size, scheme });
      expect(await axeViolations(page)).toEqual([]);
      await picture(page, `list-${width}-${scheme}`);
      await page.getByRole('button', { name: 'Reorg 3' }).click();
      await page.getByRole('button', { name: 'Send your own' }).click();
      await page.getByRole('button', { name: 'As a table' }).click();
      expect(await fitsWidth(page)).toBe(true);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Hide the table' }).click();
      await page.getByRole('button', { name: 'Send your own' }).click();
      await page.locator('.row a').nth(3).click();
      await page.locator('[data-type]').first().waitFor();
      await page.keyboard.press('w');
      expect(await fitsWidth(page)).toBe(true);
      expect(await axeViolations(page)).toEqual([]);
      await picture(page, `life-${width}-${scheme}`);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      expect(await axeViolations(page)).toEqual([]);
    });
  });

  test('stands still for those who ask for it', async () => {
    const page = await open();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const durations = await page.evaluate(
      "(({ transitionDuration, animationName }) => [transitionDuration, animationName])(getComputedStyle(document.querySelector('svg .block')))",
    );
    expect(durations).toEqual(['0s', 'none']);
  });

  test(`is at most ${budgetBytes / 1024} KiB to fetch, compressed beforehand both ways, with nothing inline`, () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );
    const served = files.filter((name) => !/\.(?:br|gz)$/.test(name) && name !== '.sources');
    const sizes = served.map((name) => {
      const bytes = readFileSync(join(folder, name));
      return Math.min(bytes.length, gzipSync(bytes).length);
    });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`the live page: ${total} bytes`);
    expect(total).toBeLessThanOrEqual(budgetBytes);
    for (const name of served.filter((name) => /\.(?:html|js|css|svg)$/.test(name))) {
      expect(files).toEqual(expect.arrayContaining([`${name}.br`, `${name}.gz`]));
    }
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|https?:/);
    expect(html).toContain('src="./assets/');
  });
});
