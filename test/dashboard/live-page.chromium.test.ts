import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { caseChain, CaseRig, type CaseRigOptions } from '../harness/case-rig.ts';
import { CuttingProxy } from '../harness/cutting-proxy.ts';
import { startReverseProxy } from './reverse-proxy.ts';
import { chromiumCommand, fitsWidth, isLive, narrow, PageDriver, signIn, until, wide } from './page-driver.ts';

/** The live page in a real browser, over a real tracker and a chain that does what the test says. */
describe.skipIf(chromiumCommand === undefined)('the live page', () => {
  let driver: PageDriver;
  let folder: string;
  let rig: CaseRig;
  let proxy: CuttingProxy;

  beforeAll(async () => {
    folder = await PageDriver.build();
    driver = await PageDriver.start();
  });
  afterAll(async () => {
    await driver?.stop();
  });
  beforeEach(async () => {
    proxy = new CuttingProxy(() => rig.url);
    await proxy.start();
  });
  afterEach(async () => {
    const complaints = await driver.closePages();
    await proxy.stop();
    await rig.end();
    expect(complaints).toEqual([]);
  });

  async function start(options: CaseRigOptions = {}): Promise<void> {
    rig = await CaseRig.start({ page: folder, ...options });
    await rig.mine(4);
  }

  async function open(view: Partial<Parameters<PageDriver['open']>[0]> = {}): Promise<Page> {
    const page = await driver.open({ url: `${proxy.url}/`, ...view });
    await signIn(page, rig.apiKey);
    return page;
  }

  const rowOf = (page: Page, id: string) => page.locator('.row', { has: page.locator(`[data-id="${id}"]`) });
  const statusIs = (page: Page, id: string, status: string) =>
    page.locator(`.row[data-status=${status}]`, { has: page.locator(`[data-id="${id}"]`) }).waitFor();
  const block = (page: Page, hash: string) => page.locator(`[data-block="${hash}"]`);

  describe('shows', () => {
    test('a transaction on its way, block by block, without being asked again', async () => {
      await start();
      const page = await open();
      const payment = await rig.pending();
      const { id } = await rig.of(payment.hash);
      await statusIs(page, id, 'pending');
      await page.locator('.dot.waiting').waitFor();
      await rig.mine(1);
      await statusIs(page, id, 'included');
      await rowOf(page, id).getByText('1 / 5').waitFor();
      // There is no event for the second confirmation: the count follows the head.
      await rig.mine(1);
      await rowOf(page, id).getByText('2 / 5').waitFor();
      await rig.mine(3);
      await statusIs(page, id, 'confirmed');
      rig.finalize();
      await statusIs(page, id, 'finalized');
      expect(await page.locator('.dot.in').count()).toBe(1);
    });

    test('after a reorg: the orphaned blocks below, the transaction where it is now, and both in its lifeline', async () => {
      await start();
      const page = await open();
      const payment = await rig.pending();
      await rig.mine(3);
      const { id, blockHash } = await rig.of(payment.hash);
      await statusIs(page, id, 'included');
      await page.locator(`a[data-id="${id}"]`).click();
      await page.locator('[data-type="transaction.included"]').waitFor();

      const { reverted } = rig.chain.reorg({ depth: 3, fates: { [payment.hash]: { kind: 'later', blocks: 2 } } });
      await rig.followed();
      await rig.saw('included', 2, payment.hash);
      const now = await rig.of(payment.hash);
      expect(now.blockHash).not.toBe(blockHash);

      for (const { hash } of reverted) await expect.poll(() => block(page, hash).getAttribute('data-row')).toBe('1');
      await expect.poll(() => page.locator('[data-row="1"]').count()).toBe(3);
      expect(await block(page, blockHash ?? '').getAttribute('aria-label')).toMatch(
        /orphaned, reorg of depth 3.*1 tracked/,
      );
      await expect.poll(() => block(page, now.blockHash ?? '').getAttribute('aria-label')).toMatch(/1 tracked/);
      expect([await page.locator('.dot.was').count(), await page.locator('.dot.in').count()]).toEqual([1, 1]);
      await rowOf(page, id).getByText(String(now.blockNumber), { exact: true }).waitFor();

      const types = () =>
        page.locator('[data-type]').evaluateAll((items) => items.map((item) => item.getAttribute('data-type')));
      await expect
        .poll(types)
        .toEqual([
          'transaction.included',
          'transaction.reorged',
          'transaction.confirmation',
          'transaction.included',
          'transaction.pending',
        ]);
      await page.getByText(/1 reorg;/).waitFor({ state: 'attached' });
      expect(await page.locator('.step.lost').count()).toBe(3);
      await page.keyboard.press('w');
      await page.getByText('The block it was in left the canonical chain.').waitFor();
      expect(await page.locator('[data-type="transaction.reorged"]').getByText('main').count()).toBe(1);
    });

    test('back to waiting, where the new branch does not hold it', async () => {
      await start();
      const page = await open();
      const payment = await rig.pending();
      await rig.mine(2);
      const { id } = await rig.of(payment.hash);
      await statusIs(page, id, 'included');
      rig.chain.reorg({ depth: 2, fates: { [payment.hash]: { kind: 'pool' } } });
      await rig.followed();
      await statusIs(page, id, 'pending');
      await page.locator('.dot.waiting').waitFor();
      await page.locator('.dot.was').waitFor();
      expect(await page.locator('.dot.in').count()).toBe(0);
    });

    test('a replaced transaction with its winner, and the way to it', async () => {
      await start();
      const page = await open();
      const first = await rig.pending({ maxFeePerGas: 2_000_000_000n });
      const second = rig.pay({ from: first.from, nonce: first.nonce, maxFeePerGas: 9_000_000_000n });
      const { id: winner } = await rig.track({ hash: second.hash });
      await rig.mine(1);
      const { id } = await rig.of(first.hash);
      await statusIs(page, id, 'replaced');
      await page.locator(`a[data-id="${id}"]`).click();
      await page.getByRole('link', { name: /Replaced by/ }).click();
      await expect.poll(() => page.url()).toContain(winner);
      await page.locator('[data-type="transaction.included"]').waitFor();
    });

    test('text from outside as text', async () => {
      await start();
      const label = '<img src=x onerror="document.title=1"><b>bold</b>';
      const { id } = await rig.track({ hash: rig.pay().hash, subscriber: '<i>who</i>', metadata: { label } });
      const page = await open();
      await page.locator(`a[data-id="${id}"]`).click();
      await page.getByRole('heading', { name: label }).waitFor();
      expect(await page.locator('img, b, i').count()).toBe(0);
      expect(await page.title()).toBe('TxTrail');
    });
  });

  describe('when the connection is lost', () => {
    const noise = /ERR_|WebSocket|Failed to load/;

    test('says so, keeps what was there, and is right after it is back', async () => {
      await start();
      const gone = await rig.pending();
      const page = await open({ expected: noise });
      const { id } = await rig.of(gone.hash);
      await statusIs(page, id, 'pending');
      proxy.refuse(true);
      proxy.cut();
      await page.locator('[data-connection=reconnecting]').waitFor();
      expect(await rowOf(page, id).getAttribute('data-status')).toBe('pending');
      await rig.mine(5);
      await rig.saw('confirmed', 1, gone.hash);
      const news = await rig.pending();
      const { id: newId } = await rig.of(news.hash);
      proxy.refuse(false);
      await isLive(page);
      await statusIs(page, id, 'confirmed');
      await statusIs(page, newId, 'pending');
      await until(
        'the head',
        async () => (await page.getByTestId('head').textContent()) === String(rig.chain.head.number),
      );
      await rig.mine(1);
      await statusIs(page, newId, 'included');
    });

    test('is right after the server was killed and started again, also about what was tracked no longer', async () => {
      await start();
      const kept = await rig.pending();
      const removed = await rig.pending();
      const page = await open({ expected: noise });
      const { id } = await rig.of(kept.hash);
      const { id: removedId } = await rig.of(removed.hash);
      await statusIs(page, removedId, 'pending');
      await page.locator(`a[data-id="${id}"]`).click();
      proxy.refuse(true);
      proxy.cut();
      await page.locator('[data-connection=reconnecting]').waitFor();
      await rig.http.request('DELETE', `/v1/transactions/${removedId}`);
      await rig.crash({ meanwhile: () => rig.chain.mine({ count: 2 }) });
      proxy.refuse(false);
      await isLive(page);
      await statusIs(page, id, 'included');
      await expect.poll(() => rowOf(page, removedId).count()).toBe(0);
      await page.locator('[data-type="transaction.included"]').waitFor();
    });
  });

  describe('is used', () => {
    test('by keys alone', async () => {
      await start();
      const ids: string[] = [];
      for (const label of ['first', 'second', 'third']) {
        ids.push((await rig.track({ hash: rig.pay().hash, metadata: { label } })).id);
      }
      const page = await open();
      await statusIs(page, ids[0] ?? '', 'pending');
      const focusedId = () => page.evaluate('document.activeElement?.dataset.id ?? null');
      await page.keyboard.press('j');
      await expect.poll(focusedId).toBe(ids[2]);
      await page.keyboard.press('j');
      await expect.poll(focusedId).toBe(ids[1]);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'second' }).waitFor();
      expect(page.url()).toContain(`#tx=${ids[1]}`);
      await page.keyboard.press('k');
      await page.getByRole('heading', { name: 'third' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('heading', { name: 'Pick a transaction' }).waitFor();
      await expect.poll(focusedId).toBe(ids[2]);

      await page.keyboard.press('/');
      await page.keyboard.type('first');
      await expect.poll(() => page.locator('.row').count()).toBe(1);
      expect(page.url()).toContain('q=first');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('.row').count()).toBe(3);
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });

      const head = rig.chain.head.hash;
      await page.locator(`[data-block="${head}"]`).focus();
      await page.keyboard.press('ArrowLeft');
      const parent = rig.chain.head.parentHash;
      await expect.poll(() => page.evaluate('document.activeElement?.dataset.block')).toBe(parent);
      await page.locator('.block-card').waitFor();
      await page.keyboard.press('Enter');
      await page.getByText('No tracked transaction is in this block.').waitFor();
    });

    test('by links: a view comes back from its address, and goes back', async () => {
      await start();
      const { id } = await rig.track({ hash: rig.pay().hash, metadata: { label: 'linked' } });
      const page = await open();
      await page.goto(`${proxy.url}/#show=waiting&q=link&tx=${id}`);
      await page.getByRole('heading', { name: 'linked' }).waitFor();
      expect(await page.getByRole('button', { name: /^Waiting/ }).getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByLabel('Search transactions').inputValue()).toBe('link');
      await page.getByRole('link', { name: 'Close' }).click();
      await page.getByRole('heading', { name: 'Pick a transaction' }).waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'linked' }).waitFor();
    });

    test('with times of one clock: the lifeline follows the choice like the events', async () => {
      await start();
      const payment = await rig.pending();
      const { id } = await rig.of(payment.hash);
      const page = await open({ timezone: 'Asia/Tokyo' });
      await page.locator(`a[data-id="${id}"]`).click();
      const shown = page.locator('.step time').first();
      const registered = (await rig.of(payment.hash)).createdAt;
      const inTokyo = new Date(Date.parse(registered) + 9 * 3_600_000).toISOString();
      await expect.poll(() => shown.textContent()).toBe(inTokyo.slice(11, 19));
      await page.keyboard.press('u');
      await expect.poll(() => shown.textContent()).toBe(registered.slice(11, 19));
    });

    test('below a path of a reverse proxy', async () => {
      await start();
      const payment = await rig.pending();
      const { id } = await rig.of(payment.hash);
      const reverse = await startReverseProxy('/tools/txtrail', () => rig.url);
      try {
        const page = await open({ url: `${reverse.url}/` });
        await statusIs(page, id, 'pending');
        await rig.mine(1);
        await statusIs(page, id, 'included');
      } finally {
        await driver.leavePages();
        await reverse.stop();
      }
    });

    test('on a phone, without moving sideways', async () => {
      await start();
      const payment = await rig.pending();
      await rig.mine(2);
      rig.chain.reorg({ depth: 2, fates: { [payment.hash]: { kind: 'later', blocks: 1 } } });
      await rig.followed();
      const page = await open({ size: narrow });
      const { id } = await rig.of(payment.hash);
      await statusIs(page, id, 'included');
      expect(await fitsWidth(page)).toBe(true);
      await page.locator(`a[data-id="${id}"]`).click();
      await page.locator('[data-type="transaction.reorged"]').waitFor();
      expect(await fitsWidth(page)).toBe(true);
      await expect
        .poll(() =>
          page
            .locator('section.detail')
            .boundingBox()
            .then((box) => (box?.y ?? 9999) < narrow.height / 2),
        )
        .toBe(true);
      await page.keyboard.press('w');
      expect(await fitsWidth(page)).toBe(true);
      await page.getByRole('link', { name: 'Close' }).click();
      await rowOf(page, id).waitFor();
    });

    test('with ten thousand transactions: few are drawn, all are found', async () => {
      await start();
      const requests = Array.from({ length: 10_000 }, (_, index) => ({
        chain: caseChain,
        hash: `0x${(index + 1).toString(16).padStart(64, '0')}`,
        metadata: { label: `Number ${index + 1}` },
      }));
      for (let from = 0; from < requests.length; from += 1000) {
        const { status } = await rig.http.batch(requests.slice(from, from + 1000));
        expect(status).toBe(200);
      }
      const page = await open();
      await page.getByRole('button', { name: /^All\s*10,000$/ }).waitFor();
      const drawn = () => page.locator('.row').count();
      expect(await drawn()).toBeLessThan(40);
      await page.getByText('Number 10000', { exact: true }).waitFor();
      await page.locator('.list .scroll').evaluate((list) => list.scrollTo(0, list.scrollHeight));
      await page.getByText('Number 1', { exact: true }).waitFor();
      expect(await drawn()).toBeLessThan(40);
      await page.keyboard.press('/');
      await page.keyboard.type('number 4711');
      await expect.poll(drawn).toBe(1);
    });
  });

  describe('asks for the key', () => {
    test('says of a wrong one that it is wrong, and keeps the right one out of the URL and for this tab alone', async () => {
      await start();
      const page = await driver.open({ url: `${proxy.url}/`, expected: /401/ });
      await page.getByLabel('Key', { exact: true }).fill('not-the-key');
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByRole('alert').getByText('The server does not take this key.').waitFor();
      await signIn(page, rig.apiKey);
      expect(page.url()).not.toContain(rig.apiKey);
      expect(await page.evaluate('localStorage.length')).toBe(0);
      await page.reload();
      await isLive(page);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Key', { exact: true }).waitFor();
      await page.reload();
      await page.getByLabel('Key', { exact: true }).waitFor();
    });

    test('and teaches what to do where nothing is tracked', async () => {
      await start();
      const page = await open({ size: wide });
      const empty = page.locator('.list');
      await empty.getByText('Nothing is tracked on this chain yet.').waitFor();
      await empty.getByText(`${proxy.url}/v1/transactions`).waitFor();
      expect(await empty.getByText(rig.apiKey).count()).toBe(0);
    });
  });
});
