import { assert } from '../../lib/assert.ts';
import type { KeyRecord, TenantConfiguration, TenantRecord, TenantStore } from '../../ports/tenant-store.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import type { Statement, StatementResult } from './statement.ts';

/** Tenants, keys and settings in PostgreSQL. */
export class PostgresTenantStore implements TenantStore {
  readonly #connections: PostgresConnections;

  constructor(deps: { readonly connections: PostgresConnections }) {
    this.#connections = deps.connections;
  }

  async tenant(id: string): Promise<TenantRecord | null> {
    const { rows } = await this.#run({
      name: 'tenant',
      text: `SELECT ${tenantColumns} FROM tenants WHERE tenant = $1`,
      values: [id],
    });
    return (rows as readonly TenantRow[]).map(tenantOf)[0] ?? null;
  }

  async tenants(): Promise<readonly TenantRecord[]> {
    const { rows } = await this.#run({
      name: 'tenants',
      text: `SELECT ${tenantColumns} FROM tenants ORDER BY tenant`,
      values: [],
    });
    return (rows as readonly TenantRow[]).map(tenantOf);
  }

  async putTenant({ id, name, createdMs, configuration }: TenantRecord): Promise<void> {
    await this.#run({
      name: 'put_tenant',
      text: `
        INSERT INTO tenants (tenant, name, created_ms, configuration) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant) DO UPDATE SET name = excluded.name, configuration = excluded.configuration`,
      values: [id, name, createdMs, JSON.stringify(configuration)],
    });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    const { rows } = await this.#run({
      name: 'keys',
      text: 'SELECT id, tenant, digest, created_ms AS "createdMs" FROM tenant_keys ORDER BY id',
      values: [],
    });
    return rows as readonly KeyRecord[];
  }

  /** Asks who stands there afterwards: the first answer may have been lost. */
  async addKey({ id, tenant, digest, createdMs }: KeyRecord): Promise<boolean> {
    const { rows } = await this.#run(
      {
        name: 'add_key',
        text: 'INSERT INTO tenant_keys (id, tenant, digest, created_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
        values: [id, tenant, digest, createdMs],
      },
      { name: 'digest_of_key', text: 'SELECT digest FROM tenant_keys WHERE id = $1', values: [id] },
    );
    return (rows as readonly { readonly digest: string }[])[0]?.digest === digest;
  }

  async removeKey(id: string): Promise<boolean> {
    const { count } = await this.#run({
      name: 'remove_key',
      text: 'DELETE FROM tenant_keys WHERE id = $1',
      values: [id],
    });
    return count > 0;
  }

  async setting(name: string): Promise<string | null> {
    return settingIn(await this.#run(selectSetting(name)));
  }

  async settle(name: string, value: string): Promise<string> {
    const insert = {
      name: 'settle',
      text: 'INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
      values: [name, value],
    };
    const settled = settingIn(await this.#run(insert, selectSetting(name)));
    assert(settled !== null, `the setting ${name} was settled and is not there`);
    return settled;
  }

  /** One transaction; gives what the last statement gave. */
  async #run(...statements: readonly Statement[]): Promise<StatementResult> {
    const results = await this.#connections.asWorker(statements, { isRepeatable: true });
    const last = results.at(-1);
    assert(last !== undefined, 'a transaction has a statement');
    return last;
  }
}

const tenantColumns = 'tenant AS id, name, created_ms AS "createdMs", configuration';

interface TenantRow extends Omit<TenantRecord, 'configuration'> {
  readonly configuration: string;
}

function tenantOf({ configuration, ...row }: TenantRow): TenantRecord {
  return { ...row, configuration: JSON.parse(configuration) as TenantConfiguration };
}

function selectSetting(name: string): Statement {
  return { name: 'setting', text: 'SELECT value FROM settings WHERE name = $1', values: [name] };
}

function settingIn({ rows }: StatementResult): string | null {
  return (rows as readonly { readonly value: string }[])[0]?.value ?? null;
}
