import type { KeyRecord, TenantRecord, TenantStore } from '../../ports/tenant-store.ts';

/** Tenants and keys that live as long as the object: for tests and the simulator. */
export class MemoryTenantStore implements TenantStore {
  readonly #tenants = new Map<string, TenantRecord>();
  readonly #keys = new Map<string, KeyRecord>();
  readonly #settings = new Map<string, string>();

  async tenant(id: string): Promise<TenantRecord | null> {
    return this.#tenants.get(id) ?? null;
  }

  async tenants(): Promise<readonly TenantRecord[]> {
    return byId(this.#tenants.values());
  }

  async putTenant(record: TenantRecord): Promise<void> {
    const createdMs = this.#tenants.get(record.id)?.createdMs ?? record.createdMs;
    this.#tenants.set(record.id, { ...record, createdMs });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return byId(this.#keys.values());
  }

  async addKey(record: KeyRecord): Promise<boolean> {
    if (this.#keys.has(record.id)) return false;
    this.#keys.set(record.id, record);
    return true;
  }

  async removeKey(id: string): Promise<boolean> {
    return this.#keys.delete(id);
  }

  async setting(name: string): Promise<string | null> {
    return this.#settings.get(name) ?? null;
  }

  async settle(name: string, value: string): Promise<string> {
    const settled = this.#settings.get(name) ?? value;
    this.#settings.set(name, settled);
    return settled;
  }
}

function byId<Kept extends { readonly id: string }>(records: Iterable<Kept>): readonly Kept[] {
  return [...records].sort((left, right) => (left.id < right.id ? -1 : 1));
}
