import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { TxTrailError } from '../../lib/error.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TenantStore } from '../../ports/tenant-store.ts';
import { SqliteAuditTrail } from './sqlite-audit-trail.ts';
import { SqliteTenantStore } from './sqlite-tenant-store.ts';

/** What people did and configured, kept with the data of one process. */
export interface Administration {
  readonly audit: AuditTrail;
  readonly tenants: TenantStore;
  close(): Promise<void>;
}

export const administrationFile = 'administration.db';

/** Written into the file; one with a higher number was made by a newer version. */
const fileVersion = 1;

/**
 * Opens the file in the data directory, making it where it is not there. A write is on the disk when
 * it resolves.
 *
 * @throws TxTrailError `administration_unusable`: it is no such file, a newer version made it, or it
 *   cannot be read or written; nothing is made anew over it
 */
export async function openAdministration(
  options: { readonly directory: string },
  deps: { readonly clock: Clock },
): Promise<Administration> {
  const { DatabaseSync } = await import('node:sqlite');
  const path = join(options.directory, administrationFile);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 5_000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    makeTables(database);
  } catch (cause) {
    database?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${path} cannot be used (${reason}). Put back a copy, or start the version that made it.`;
    throw new TxTrailError('administration_unusable', message, { facts: { path }, cause });
  }
  const opened = database;
  return {
    audit: new SqliteAuditTrail(opened, deps),
    tenants: new SqliteTenantStore(opened),
    close: async () => opened.close(),
  };
}

function makeTables(database: DatabaseSync): void {
  // SQLite gives a file of anything else away at the first statement that reads it.
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number };
  if (version > fileVersion) throw new Error(`its version is ${version}, and ours is ${fileVersion}`);
  database.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${fileVersion}; COMMIT`);
}

const tables = `
CREATE TABLE IF NOT EXISTS tenants (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL, configuration TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tenant_keys (
  id TEXT PRIMARY KEY, tenant TEXT, digest TEXT NOT NULL, created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS audit (
  number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, actor TEXT NOT NULL, address TEXT, action TEXT NOT NULL,
  subject TEXT NOT NULL, tenant TEXT, facts TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS audit_unchanged BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
CREATE TRIGGER IF NOT EXISTS audit_kept BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
`;
