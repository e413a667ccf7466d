import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StatusCache, statusCacheTtlMs } from '../../src/ports/status-cache.ts';

export interface StatusCacheFixture {
  readonly cache: StatusCache;
  /** The same entries, met from another process. */
  readonly otherNode: StatusCache;
  /** Lets at least this much time pass for what ends by itself. */
  pass(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What the port `StatusCache` promises while its service is there. */
export function statusCacheSuite(name: string, create: () => Promise<StatusCacheFixture>): void {
  describe(`status cache: ${name}`, () => {
    let fixture: StatusCacheFixture;
    let cache: StatusCache;
    beforeEach(async () => {
      fixture = await create();
      cache = fixture.cache;
    });
    afterEach(() => fixture.dispose());

    const entry = (id: string, version: number, text: string | null, tenant = 'a') => ({ tenant, id, version, text });

    test('gives what was put, in the order asked, on any node', async () => {
      const text = '{"hash":"0x00","note":"two words, a } and grüße 🚀"}';
      expect(await cache.put([entry('1', 1, text), entry('2', 7, '')])).toBe(true);
      expect(await fixture.otherNode.get('a', ['2', 'nowhere', '1', '2'])).toEqual(['', undefined, text, '']);
      expect(await cache.get('a', [])).toEqual([]);
    });

    test('what is not tracked any more is known to be so', async () => {
      await cache.put([entry('1', 1, 'tracked')]);
      await cache.put([entry('1', 2, null)]);
      expect(await cache.get('a', ['1'])).toEqual([null]);
    });

    test('an older version never takes the place of a newer one, nor another of the same', async () => {
      const high = Number.MAX_SAFE_INTEGER - 1;
      await cache.put([entry('1', high, 'new')]);
      await cache.put([entry('1', high - 1, 'old'), entry('1', high, 'same'), entry('2', 3, 'beside')]);
      expect(await cache.get('a', ['1', '2'])).toEqual(['new', 'beside']);
      await cache.put([entry('1', high + 1, 'newer')]);
      expect(await cache.get('a', ['1'])).toEqual(['newer']);
    });

    test('tenants do not see each other, whatever they are called', async () => {
      await cache.put([entry('1', 1, 'of a'), entry('1', 1, 'of b', 'b}:{a'), entry('a}:status:1', 1, 'odd', '{')]);
      expect(await cache.get('b}:{a', ['1'])).toEqual(['of b']);
      expect(await cache.get('a', ['1'])).toEqual(['of a']);
      expect(await cache.get('{', ['1', 'a}:status:1'])).toEqual([undefined, 'odd']);
    });

    test('takes many at once', async () => {
      const entries = Array.from({ length: 1_000 }, (_, index) => entry(String(index), 1, `text ${index}`));
      await cache.put(entries);
      expect(
        await cache.get(
          'a',
          entries.map(({ id }) => id),
        ),
      ).toEqual(entries.map(({ text }) => text));
    });

    test('forgets after its time', async () => {
      await cache.put([entry('1', 1, 'kept for a while')]);
      await fixture.pass(statusCacheTtlMs);
      expect(await cache.get('a', ['1'])).toEqual([undefined]);
    });
  });
}
