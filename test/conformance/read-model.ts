import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReadModel, ReadQuery, ReadRow } from '../../src/ports/read-model.ts';

export interface ReadModelFixture {
  readonly reads: ReadModel;
  /** The same rows, as another node reaches them. */
  readonly otherNode: ReadModel;
  dispose(): Promise<void>;
}

const everything: ReadQuery = { chain: null, hash: null, subscriber: null, status: null, after: 0, limit: 500 };

function row(id: string, given: Partial<ReadRow> = {}): ReadRow {
  return {
    id,
    tenant: 'one',
    chain: 'eip155:1',
    hash: `0x${id}`,
    subscriber: 'alice',
    status: 'pending',
    version: 1,
    text: `text of ${id}`,
    ...given,
  };
}

/** What the port `ReadModel` promises. */
export function readModelSuite(name: string, create: () => Promise<ReadModelFixture>): void {
  describe(`read model: ${name}`, () => {
    let fixture: ReadModelFixture;
    let reads: ReadModel;

    beforeEach(async () => {
      fixture = await create();
      reads = fixture.reads;
    });
    afterEach(() => fixture.dispose());

    async function textOf(id: string, tenant: string, node: ReadModel): Promise<string | null | undefined> {
      return (await node.find(tenant, [id]))[0];
    }

    /** All texts, page by page. */
    async function listed(query: Partial<ReadQuery> = {}, tenant = 'one'): Promise<readonly string[]> {
      const texts: string[] = [];
      for (let after: number | null = query.after ?? 0; after !== null; ) {
        const page = await fixture.otherNode.list(tenant, { ...everything, ...query, after });
        texts.push(...page.texts);
        after = page.next;
      }
      return texts;
    }

    test('what was put is found by its tenant on every node, byte by byte', async () => {
      const text = '{"metadata":"ü 🚀 \\u0000"}';
      await reads.put([row('a', { text }), row('b')]);
      expect(await textOf('a', 'one', fixture.otherNode)).toBe(text);
      expect(await textOf('a', 'two', reads)).toBeNull();
      expect(await textOf('c', 'one', reads)).toBeNull();
      await reads.put([]);
    });

    test('an older version never replaces a newer one, in one call or several, in whatever order they come', async () => {
      await reads.put([row('a', { version: 3, text: 'third' }), row('a', { version: 2, text: 'second' })]);
      await reads.put([row('a', { version: 1, text: 'first' }), row('a', { version: 3, text: 'third again' })]);
      expect(await textOf('a', 'one', reads)).toBe('third');
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const version = 4 + ((n * 7) % 20);
          return (n % 2 === 0 ? reads : fixture.otherNode).put([
            row('b', { version, text: `${version}` }),
            row('a', { version, text: `${version}` }),
          ]);
        }),
      );
      expect([await textOf('a', 'one', reads), await textOf('b', 'one', reads)]).toEqual(['23', '23']);
    });

    test('what is not tracked any more is not found, and comes back only with a newer version', async () => {
      await reads.put([row('a', { version: 1 }), row('b', { version: 2 })]);
      await reads.put([row('a', { version: 5, text: null })]);
      await reads.put([row('a', { version: 4, text: 'late' })]);
      expect(await textOf('a', 'one', reads)).toBeNull();
      expect(await listed()).toEqual(['text of b']);
      await reads.put([row('a', { version: 6, text: 'again' })]);
      expect(await textOf('a', 'one', reads)).toBe('again');
      expect(await listed()).toEqual(['text of b', 'again']);
    });

    test('lists keep their order whatever changes, page by page', async () => {
      for (const id of ['d', 'a', 'c', 'b', 'e']) await reads.put([row(id), row(`of two ${id}`, { tenant: 'two' })]);
      const first = await reads.list('one', { ...everything, limit: 2 });
      expect(first.texts).toEqual(['text of d', 'text of a']);
      await reads.put([row('d', { version: 2, text: 'changed' }), row('f')]);
      const rest = await reads.list('one', { ...everything, after: first.next ?? 0, limit: 4 });
      expect(rest).toEqual({ texts: ['text of c', 'text of b', 'text of e', 'text of f'], next: null });
      expect(await listed({ limit: 1 })).toEqual([
        'changed',
        ...['a', 'c', 'b', 'e', 'f'].map((id) => `text of ${id}`),
      ]);
      expect(await listed({}, 'two')).toHaveLength(5);
      expect(await listed({}, 'three')).toEqual([]);
    });

    test('filters go together, and follow what changed', async () => {
      await reads.put([
        row('a', { subscriber: 'bob' }),
        row('b', { status: 'included' }),
        row('c', { chain: 'eip155:137', hash: '0xsame' }),
        row('d', { subscriber: 'bob', hash: '0xsame' }),
      ]);
      expect(await listed({ subscriber: 'bob' })).toEqual(['text of a', 'text of d']);
      expect(await listed({ hash: '0xsame' })).toEqual(['text of c', 'text of d']);
      expect(await listed({ hash: '0xsame', chain: 'eip155:137' })).toEqual(['text of c']);
      expect(await listed({ status: 'included' })).toEqual(['text of b']);
      expect(await listed({ status: 'included', subscriber: 'bob' })).toEqual([]);
      await reads.put([row('a', { subscriber: 'bob', status: 'included', version: 2 })]);
      expect(await listed({ status: 'included' })).toEqual(['text of a', 'text of b']);
      expect(await listed({ status: 'pending', subscriber: 'bob' })).toEqual(['text of d']);
    });

    test('many are found in the order asked, also one asked twice and those that are not there', async () => {
      await reads.put([row('a'), row('b'), row('c', { tenant: 'two' })]);
      const found = await fixture.otherNode.find('one', ['b', 'x', 'a', 'c', 'b']);
      expect(found).toEqual(['text of b', null, 'text of a', null, 'text of b']);
      expect(await reads.find('one', [])).toEqual([]);
    });

    test('a thousand at once', async () => {
      await reads.put(Array.from({ length: 1_000 }, (_, n) => row(`${n}`)));
      expect(new Set(await listed({ limit: 300 })).size).toBe(1_000);
    });
  });
}
