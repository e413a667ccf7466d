import type { DatabaseSync } from 'node:sqlite';
import type { KeyRecord, TenantConfiguration, TenantRecord, TenantStore } from '../../ports/tenant-store.ts';

/** Tenants, keys and settings in a file of SQLite. */
export class SqliteTenantStore implements TenantStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async tenant(id: string): Promise<TenantRecord | null> {
    return this.#tenants('WHERE id = ?', id)[0] ?? null;
  }

  async tenants(): Promise<readonly TenantRecord[]> {
    return this.#tenants('ORDER BY id');
  }

  async putTenant({ id, name, createdMs, configuration }: TenantRecord): Promise<void> {
    this.#database
      .prepare(
        `INSERT INTO tenants (id, name, created_ms, configuration) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, configuration = excluded.configuration`,
      )
      .run(id, name, createdMs, JSON.stringify(configuration));
  }

  async keys(): Promise<readonly KeyRecord[]> {
    const rows = this.#database
      .prepare('SELECT id, tenant, digest, created_ms AS createdMs FROM tenant_keys ORDER BY id')
      .all() as unknown as readonly KeyRecord[];
    return rows.map((row) => ({ ...row }));
  }

  async addKey({ id, tenant, digest, createdMs }: KeyRecord): Promise<boolean> {
    const { changes } = this.#database
      .prepare('INSERT OR IGNORE INTO tenant_keys (id, tenant, digest, created_ms) VALUES (?, ?, ?, ?)')
      .run(id, tenant, digest, createdMs);
    return changes === 1;
  }

  async removeKey(id: string): Promise<boolean> {
    return this.#database.prepare('DELETE FROM tenant_keys WHERE id = ?').run(id).changes === 1;
  }

  async settle(name: string, value: string): Promise<string> {
    this.#database.prepare('INSERT OR IGNORE INTO settings (name, value) VALUES (?, ?)').run(name, value);
    const row = this.#database.prepare('SELECT value FROM settings WHERE name = ?').get(name);
    return (row as { readonly value: string }).value;
  }

  /** The end of the query is a text of this file. */
  #tenants(end: string, ...values: readonly string[]): readonly TenantRecord[] {
    const rows = this.#database
      .prepare(`SELECT id, name, created_ms AS createdMs, configuration FROM tenants ${end}`)
      .all(...values) as unknown as readonly TenantRow[];
    return rows.map(({ configuration, ...row }) => ({
      ...row,
      configuration: JSON.parse(configuration) as TenantConfiguration,
    }));
  }
}

interface TenantRow extends Omit<TenantRecord, 'configuration'> {
  readonly configuration: string;
}
