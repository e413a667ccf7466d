import type { DatabaseSync } from 'node:sqlite';
import type { KeyRecord, TenantConfiguration, TenantRecord, TenantStore } from '../../ports/tenant-store.ts';
import type { AdministrationFile } from './administration-file.ts';
import { checkedRow, rowChecksum } from './row-checksum.ts';

/** Tenants, keys and settings in a file of SQLite. Every row that is read is held against its checksum. */
export class SqliteTenantStore implements TenantStore {
  readonly #file: AdministrationFile;

  constructor(file: AdministrationFile) {
    this.#file = file;
  }

  async tenant(id: string): Promise<TenantRecord | null> {
    return this.#file.read((database) => tenantRows(database, 'WHERE id = ?', id)[0] ?? null);
  }

  async tenants(): Promise<readonly TenantRecord[]> {
    return this.#file.read((database) => tenantRows(database, 'ORDER BY id'));
  }

  async putTenant({ id, name, createdMs, configuration }: TenantRecord): Promise<void> {
    this.#file.write((database) => {
      const kept = tenantRows(database, 'WHERE id = ?', id)[0];
      const row = { id, name, createdMs: kept?.createdMs ?? createdMs, configuration: JSON.stringify(configuration) };
      database
        .prepare(
          'INSERT OR REPLACE INTO tenants (id, name, created_ms, configuration, checksum) VALUES (?, ?, ?, ?, ?)',
        )
        .run(row.id, row.name, row.createdMs, row.configuration, rowChecksum('tenants', row));
    });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return this.#file.read(keyRows);
  }

  async addKey({ id, tenant, digest, createdMs }: KeyRecord): Promise<boolean> {
    const checksum = rowChecksum('tenant_keys', { id, tenant, digest, createdMs });
    return this.#file.write((database) => {
      const { changes } = database
        .prepare('INSERT OR IGNORE INTO tenant_keys (id, tenant, digest, created_ms, checksum) VALUES (?, ?, ?, ?, ?)')
        .run(id, tenant, digest, createdMs, checksum);
      return changes === 1;
    });
  }

  async removeKey(id: string): Promise<boolean> {
    return this.#file.write((database) => {
      return database.prepare('DELETE FROM tenant_keys WHERE id = ?').run(id).changes === 1;
    });
  }

  async setting(name: string): Promise<string | null> {
    return this.#file.read((database) => settingRows(database, 'WHERE name = ?', name)[0]?.value ?? null);
  }

  async settle(name: string, value: string): Promise<string> {
    return this.#file.write((database) => {
      const settled = settingRows(database, 'WHERE name = ?', name)[0];
      if (settled !== undefined) return settled.value;
      database
        .prepare('INSERT INTO settings (name, value, checksum) VALUES (?, ?, ?)')
        .run(name, value, rowChecksum('settings', { name, value }));
      return value;
    });
  }
}

/** @throws UnusableFile where a row is not as it was written */
export function checkRows(database: DatabaseSync): void {
  tenantRows(database, '');
  keyRows(database);
  settingRows(database, '');
}

interface TenantRow extends Omit<TenantRecord, 'configuration'> {
  readonly configuration: string;
}

interface SettingRow {
  readonly name: string;
  readonly value: string;
}

type Stored<Row> = Row & { readonly checksum: string };

/** Here and below, the end of the query is a text of this file. */
function tenantRows(database: DatabaseSync, end: string, ...values: readonly string[]): readonly TenantRecord[] {
  const rows = database
    .prepare(`SELECT id, name, created_ms AS createdMs, configuration, checksum FROM tenants ${end}`)
    .all(...values) as unknown as readonly Stored<TenantRow>[];
  return rows.map((stored) => {
    const { configuration, ...row } = checkedRow<TenantRow>('tenants', stored.id, stored);
    return { ...row, configuration: JSON.parse(configuration) as TenantConfiguration };
  });
}

function keyRows(database: DatabaseSync): readonly KeyRecord[] {
  const rows = database
    .prepare('SELECT id, tenant, digest, created_ms AS createdMs, checksum FROM tenant_keys ORDER BY id')
    .all() as unknown as readonly Stored<KeyRecord>[];
  return rows.map((stored) => checkedRow<KeyRecord>('tenant_keys', stored.id, stored));
}

function settingRows(database: DatabaseSync, end: string, ...values: readonly string[]): readonly SettingRow[] {
  const rows = database
    .prepare(`SELECT name, value, checksum FROM settings ${end}`)
    .all(...values) as unknown as readonly Stored<SettingRow>[];
  return rows.map((stored) => checkedRow<SettingRow>('settings', stored.name, stored));
}
