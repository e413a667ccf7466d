import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeyRecord, TenantRecord, TenantStore } from '../../src/ports/tenant-store.ts';

export interface TenantStoreFixture {
  readonly tenants: TenantStore;
  /** The same rows, as another process reaches them. */
  readonly otherNode: TenantStore;
  dispose(): Promise<void>;
}

const acme: TenantRecord = {
  id: 'acme',
  name: 'Acme ü 🚀',
  createdMs: 1_700_000_000_000,
  configuration: { chains: { 'eip155:1': { confirmations: 3 } }, types: ['transaction.safe'] },
};
const key: KeyRecord = { id: 'key_1', tenant: 'acme', digest: 'ab'.repeat(32), createdMs: 1_700_000_000_001 };

/** What the port `TenantStore` promises. */
export function tenantStoreSuite(name: string, create: () => Promise<TenantStoreFixture>): void {
  describe(`tenant store: ${name}`, () => {
    let fixture: TenantStoreFixture;
    let tenants: TenantStore;

    beforeEach(async () => {
      fixture = await create();
      tenants = fixture.tenants;
    });
    afterEach(() => fixture.dispose());

    test('a tenant is made once and changed later, on every node; when it was made stays', async () => {
      expect(await tenants.tenant('acme')).toBeNull();
      await tenants.putTenant(acme);
      expect(await fixture.otherNode.tenant('acme')).toEqual(acme);
      const changed = { ...acme, name: 'Acme & Co', configuration: {} };
      await fixture.otherNode.putTenant({ ...changed, createdMs: 5 });
      expect(await tenants.tenant('acme')).toEqual(changed);
      await tenants.putTenant({ ...acme, id: 'aardvark' });
      expect((await tenants.tenants()).map(({ id }) => id)).toEqual(['aardvark', 'acme']);
    });

    test('a key is added once: whoever is second with its id is told', async () => {
      expect(await tenants.addKey(key)).toBe(true);
      expect(await fixture.otherNode.addKey({ ...key, digest: 'cd'.repeat(32) })).toBe(false);
      expect(await tenants.addKey({ ...key, id: 'key_0', tenant: null })).toBe(true);
      expect(await fixture.otherNode.keys()).toEqual([{ ...key, id: 'key_0', tenant: null }, key]);
      expect(await tenants.removeKey('key_1')).toBe(true);
      expect(await fixture.otherNode.removeKey('key_1')).toBe(false);
      expect((await tenants.keys()).map(({ id }) => id)).toEqual(['key_0']);
    });

    test('a setting is settled by the first, whoever comes at the same time', async () => {
      const settled = await Promise.all(
        Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? tenants : fixture.otherNode).settle('secret', `${n}`)),
      );
      expect(new Set(settled).size).toBe(1);
      expect(await fixture.otherNode.settle('secret', 'late')).toBe(settled[0]);
      expect(await tenants.setting('other')).toBeNull();
      expect(await tenants.settle('other', 'own')).toBe('own');
      expect(await fixture.otherNode.setting('other')).toBe('own');
    });
  });
}
