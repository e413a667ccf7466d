import { createClient, type TxTrailClient } from '@txtrail/client';
import type { ChainDetail, TxTrailEvent } from '@txtrail/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { ChainWatch, pauseFor } from '../../dashboard/src/data/chain-watch.ts';
import type { Connection } from '../../dashboard/src/data/connection.ts';
import { loadList } from '../../dashboard/src/data/list-loader.ts';
import { LiveSession } from '../../dashboard/src/data/live-session.ts';
import { findKey, forgetKey, storeKey, tryKey } from '../../dashboard/src/data/session-key.ts';
import { TransactionBook } from '../../dashboard/src/model/transaction-book.ts';
import { caseChain, type CaseRig } from '../harness/case-rig.ts';
import { caseRigs } from '../harness/case-rigs.ts';
import { waitUntil } from '../harness/wait-until.ts';

/** How the live page gets its data, without a browser, over a real tracker. */
const start = caseRigs();
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const after = (delayMs: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
};

function clientOf(rig: CaseRig, key = rig.apiKey): TxTrailClient {
  const client = createClient({ url: rig.url, key, retries: 0 });
  cleanups.push(() => client.close());
  return client;
}

describe('the list', () => {
  const never = new AbortController().signal;

  async function track(rig: CaseRig, count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1) ids.push((await rig.track({ hash: rig.pay().hash })).id);
    return ids;
  }

  test('is read page by page to its end', async () => {
    const rig = await start();
    const ids = await track(rig, 5);
    const book = new TransactionBook();
    let pages = 0;
    const limits = { pageSize: 2, pages: 9, rows: 9 };
    const onPage = (): void => {
      pages += 1;
    };
    const deps = { client: clientOf(rig), book, onPage };
    expect(await loadList(deps, never, limits)).toEqual({ isCut: false });
    expect(book.rows.map(({ transaction }) => transaction.id).toSorted()).toEqual([...ids].sort());
    expect(pages).toBe(4);
  });

  test('keeps the newest where it is too long, and says that it is cut', async () => {
    const rig = await start();
    const ids = await track(rig, 5);
    const book = new TransactionBook();
    const deps = { client: clientOf(rig), book, onPage: () => undefined };
    expect(await loadList(deps, never, { pageSize: 2, pages: 9, rows: 2 })).toEqual({ isCut: true });
    expect(book.rows.map(({ transaction }) => transaction.id)).toEqual([ids[4], ids[3]]);
    expect(await loadList(deps, never, { pageSize: 2, pages: 1, rows: 9 })).toEqual({ isCut: true });
  });

  test('read again lets go of what is tracked no longer', async () => {
    const rig = await start();
    const [first = '', second] = await track(rig, 2);
    const book = new TransactionBook();
    const deps = { client: clientOf(rig), book, onPage: () => undefined };
    await loadList(deps, never);
    await rig.http.request('DELETE', `/v1/transactions/${first}`);
    await loadList(deps, never);
    expect(book.rows.map(({ transaction }) => transaction.id)).toEqual([second]);
  });
});

describe('a session', () => {
  function session(client: TxTrailClient) {
    const book = new TransactionBook();
    const connections: Connection[] = [];
    const events: TxTrailEvent[] = [];
    const live = new LiveSession({
      client,
      book,
      now: () => Date.now(),
      after,
      onConnection: (connection) => void connections.push(connection),
      onChange: () => undefined,
      onEvent: (event) => void events.push(event),
      onList: () => undefined,
    });
    cleanups.push(() => live.close());
    const isReady = () => {
      const last = connections.at(-1);
      return last?.kind === 'live' && !last.isLoading;
    };
    return { book, connections, events, ready: () => waitUntil(isReady, { what: 'a session that is live' }) };
  }

  test('has what was tracked before and what comes after', async () => {
    const rig = await start();
    const before = await rig.pending();
    const { book, events, ready } = session(clientOf(rig));
    await ready();
    const [row] = book.withHash(before.hash);
    expect(row?.transaction.status).toBe('pending');
    await rig.mine(1);
    await waitUntil(() => book.withHash(before.hash)[0]?.transaction.status === 'included', { what: 'the inclusion' });
    expect(events.map(({ type }) => type)).toContain('transaction.included');
    expect(events.map(({ type }) => type)).not.toContain('transaction.pending');
  });

  test('ends, and says why, where the key is refused', async () => {
    const rig = await start();
    const { connections } = session(clientOf(rig, 'no-key-of-anybody'));
    await waitUntil(() => connections.at(-1)?.kind === 'refused', {
      what: 'the refusal',
      describe: () => JSON.stringify(connections),
    });
  });
});

describe('the chain', () => {
  test('is read again and again, and moves with the head', async () => {
    const rig = await start();
    await rig.mine(2);
    const details: ChainDetail[] = [];
    const watch = new ChainWatch({
      client: clientOf(rig),
      after,
      onChains: () => undefined,
      onDetail: (detail) => void details.push(detail),
    });
    cleanups.push(() => watch.close());
    watch.show(null);
    await waitUntil(() => details.at(-1)?.chain === caseChain, { what: 'the first chain' });
    await rig.mine(1);
    watch.soon();
    await waitUntil(() => details.at(-1)?.head?.number === 3, { what: 'the new head' });
    watch.show(caseChain);
    const count = details.length;
    await waitUntil(() => details.length > count, { what: 'the chain by its name' });
  });

  test.each([
    [[2000, 0], 1000],
    [[200, 0], 500],
    [[12_000, 0], 4000],
    [[0], 1000],
    [[], 1000],
  ])('blocks at %o ms are asked for every %d ms', (times, pause) => {
    const recentBlocks = times.map((time, index) => ({
      number: 10 - index,
      hash: `0x${index}`,
      parentHash: '0x',
      timestamp: new Date(time).toISOString(),
      transactions: 0,
    }));
    expect(pauseFor({ recentBlocks })).toBe(pause);
  });
});

describe('the key', () => {
  function store() {
    const held = new Map<string, string>();
    return {
      getItem: (name: string) => held.get(name) ?? null,
      setItem: (name: string, value: string) => void held.set(name, value),
      removeItem: (name: string) => void held.delete(name),
    };
  }

  test('is the one typed in this tab; a process that is no sandbox gives none', async () => {
    const rig = await start();
    const kept = store();
    const deps = { fetch: globalThis.fetch, store: kept, base: rig.url };
    expect(await findKey(deps)).toBeNull();
    storeKey(kept, rig.apiKey);
    expect(await findKey(deps)).toEqual({ key: rig.apiKey, source: 'typed' });
    forgetKey(kept);
    expect(await findKey(deps)).toBeNull();
  });

  test('is tried before it is kept', async () => {
    const rig = await start();
    const deps = { fetch: globalThis.fetch, base: rig.url };
    expect(await tryKey(deps, rig.apiKey)).toBe('accepted');
    for (const wrong of ['nobody', 'a\nb', 'ключ', '']) expect(await tryKey(deps, wrong)).toBe('wrong');
    expect(await tryKey({ ...deps, base: 'http://127.0.0.1:1' }, rig.apiKey)).toBe('unreachable');
  });
});
