import { describe, expect, test } from 'vitest';
import type { Snapshot, SnapshotSection, SnapshotStore } from '../../src/ports/snapshot-store.ts';
import { collect } from './record-log.ts';

/** What the port `SnapshotStore` promises while nothing is damaged. */
export function snapshotStoreSuite(name: string, create: () => Promise<SnapshotStore>): void {
  describe(`snapshot store: ${name}`, () => {
    test('gives back the newest, section by section, byte for byte', async () => {
      const store = await create();
      const sections = [
        { name: 'status/0', text: '{"a":"grüße 🚀"}' },
        { name: 'empty', text: '' },
        { name: 'large', text: 'x'.repeat(3_000_000) },
        { name: 'status/0', text: 'a name may come again' },
      ];
      await store.save(100, [{ name: 'old', text: 'old' }]);
      await store.save(2 ** 52, sections);
      const snapshot = await store.loadLatest(0);
      expect(snapshot?.position).toBe(2 ** 52);
      expect(await sectionsOf(snapshot)).toEqual(sections);
    });

    test('is null before the first', async () => {
      const store = await create();
      expect(await store.loadLatest(0)).toBeNull();
      expect(await store.loadLatest(null)).toBeNull();
    });

    test('takes sections as they come, and none', async () => {
      const store = await create();
      async function* later(): AsyncGenerator<SnapshotSection> {
        yield { name: 'a', text: '1' };
        await null;
        yield { name: 'b', text: '2' };
      }
      await store.save(1, later());
      expect((await sectionsOf(await store.loadLatest(0))).map(({ text }) => text)).toEqual(['1', '2']);
      await store.save(2, []);
      expect(await sectionsOf(await store.loadLatest(0))).toEqual([]);
    });

    test('the log may be trimmed below the spare', async () => {
      const store = await create();
      expect((await store.save(10, [])).trimBefore).toBe(0);
      expect((await store.save(20, [])).trimBefore).toBe(10);
      expect((await store.save(30, [])).trimBefore).toBe(20);
    });

    test('one saved again at its position takes the place of the first', async () => {
      const store = await create();
      await store.save(10, [{ name: 'a', text: 'first' }]);
      await store.save(10, [{ name: 'a', text: 'second' }]);
      expect(await sectionsOf(await store.loadLatest(0))).toEqual([{ name: 'a', text: 'second' }]);
      await expect(store.save(9, [])).rejects.toThrow('older than the newest');
    });

    test('a source that throws leaves the one before in place', async () => {
      const store = await create();
      await store.save(10, [{ name: 'a', text: 'kept' }]);
      function* broken(): Generator<SnapshotSection> {
        yield { name: 'a', text: 'x'.repeat(2_000_000) };
        throw new Error('the source gave up');
      }
      await expect(store.save(20, broken())).rejects.toMatchObject({ code: 'snapshot_failed', retryable: true });
      expect((await store.loadLatest(0))?.position).toBe(10);
      await store.save(20, []);
      expect((await store.loadLatest(0))?.position).toBe(20);
    });
  });
}

export async function sectionsOf(snapshot: Snapshot | null): Promise<readonly SnapshotSection[]> {
  return snapshot === null ? [] : collect(snapshot.sections);
}
