import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { ensureDashboard } from '../../scripts/build-dashboard.mjs';
import { waitUntil } from '../harness/wait-until.ts';

/** The command or path of a Chromium; absent: nothing here can run. */
export const chromiumCommand = process.env['TXTRAIL_CHROMIUM'];

if (chromiumCommand === undefined)
  console.error('TXTRAIL_CHROMIUM names no browser: tests of the live page are skipped.');

export const wide = { width: 1440, height: 900 } as const;
export const narrow = { width: 390, height: 844 } as const;

export interface View {
  readonly url: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly scheme?: 'light' | 'dark';
  /** Of the machine that the page is shown on, such as `Asia/Tokyo`. */
  readonly timezone?: string;
  /** Noise that the test itself makes, such as the refusal of a wrong key: matched against a complaint's text. */
  readonly expected?: RegExp;
}

/** Where pictures go for people to look at; null: none are kept. */
const picturesFolder = process.env['TXTRAIL_SCREENSHOTS'] ?? null;

/** A page that is not of a sandbox asks whether it is, and the browser notes the answer. */
const noSandbox = /\/sandbox\/session/;

/** A browser for the tests of a file, and the pages that they open. */
export class PageDriver {
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  readonly #complaints: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<PageDriver> {
    // Chromium's own sandbox needs rights that root in a container does not have.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return new PageDriver(await chromium.launch({ executablePath: chromiumCommand ?? '', args }));
  }

  /** Builds the page where its sources changed; the folder of the files. */
  static build(): Promise<string> {
    return ensureDashboard(process.env);
  }

  async open({ url, size = wide, scheme = 'light', timezone = 'UTC', expected }: View): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: size, colorScheme: scheme, timezoneId: timezone });
    this.#contexts.push(context);
    const page = await context.newPage();
    const { origin } = new URL(url);
    const complain = (text: string): void => {
      if (!noSandbox.test(text) && expected?.test(text) !== true) this.#complaints.push(text);
    };
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complain(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => complain(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) complain(`asked ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  /** Closes every page; what they complained of is kept for `closePages`. */
  async leavePages(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  /** Closes every page. What any of them complained of: script errors, breaches of the policy, requests to elsewhere. */
  async closePages(): Promise<readonly string[]> {
    await this.leavePages();
    return this.#complaints.splice(0);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
  await isLive(page);
}

/** Waits until events come and the list was read. */
export async function isLive(page: Page): Promise<void> {
  await page.locator('[data-connection=live]', { hasNotText: 'reading' }).waitFor();
}

/** Waits until something is so; what is waited for stands in the error. */
export async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  await waitUntil(probe, { what, timeoutMs: 40_000, everyMs: 100 });
}

/** What axe finds, one line each. Run by the debugger, past the page's own policy, which stays in force. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const page = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResult> } };
    const { violations } = await page.axe.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
    );
  });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** The page is no wider than its window, so a phone need not be moved sideways. */
export function fitsWidth(page: Page): Promise<boolean> {
  // Runs in the page, whose names this program does not have.
  return page.evaluate('document.documentElement.scrollWidth <= innerWidth');
}

export async function picture(page: Page, name: string): Promise<void> {
  if (picturesFolder === null) return;
  mkdirSync(picturesFolder, { recursive: true });
  await page.screenshot({ path: join(picturesFolder, `${name}.png`) });
}
