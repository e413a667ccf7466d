import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TenantStore } from '../../ports/tenant-store.ts';
import { AdministrationFile, administrationFault, UnusableFile } from './administration-file.ts';
import { SqliteAuditTrail } from './sqlite-audit-trail.ts';
import { checkRows, SqliteTenantStore } from './sqlite-tenant-store.ts';

/** What people did and configured, and the keys, kept with the data of one process. */
export interface Administration {
  readonly audit: AuditTrail;
  readonly tenants: TenantStore;
  close(): Promise<void>;
}

export const administrationFile = 'administration.db';

/** Written into the file; one with a higher number was made by a newer version. */
const fileVersion = 2;

/**
 * Opens the file in the data directory, making it where it is not there, and holds all that is in
 * it, but for the audit trail, against its checksums. A write is on the disk when it resolves.
 *
 * @throws TxTrailError `administration_unusable`: it is no such file, it is damaged, another version
 *   made it, or it cannot be read or written; nothing is made anew over it. `data_dir_unusable`: the
 *   disk is full
 */
export async function openAdministration(
  options: { readonly directory: string },
  deps: { readonly clock: Clock },
): Promise<Administration> {
  const sqlite = await import('node:sqlite');
  const path = join(options.directory, administrationFile);
  let database: DatabaseSync | null = null;
  try {
    database = new sqlite.DatabaseSync(path, { timeout: 5_000 });
    database.exec('PRAGMA synchronous = EXTRA');
    makeWhereEmpty(database);
    checkFile(database, new sqlite.DatabaseSync(':memory:'));
    // No WAL: a damaged one reads as a shorter one, and what was durable in it would be gone without a word.
    database.exec('PRAGMA journal_mode = DELETE');
  } catch (cause) {
    database?.close();
    throw administrationFault(path, cause);
  }
  const file = new AdministrationFile(database, path);
  return {
    audit: new SqliteAuditTrail(file, deps),
    tenants: new SqliteTenantStore(file),
    close: async () => file.close(),
  };
}

/** Only where nothing ever was: what is missing in a file of ours was lost, and is not made anew. */
function makeWhereEmpty(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  if (versionOf(database) === 0 && tablesOf(database).length === 0) makeTables(database);
  database.exec('COMMIT');
}

/** `fresh`: an empty one, to compare with. */
function checkFile(database: DatabaseSync, fresh: DatabaseSync): void {
  const version = versionOf(database);
  const isNewer = version > fileVersion;
  if (version !== fileVersion)
    throw new UnusableFile(
      `its version is ${version}, and ours is ${fileVersion}`,
      isNewer ? 'Start the version that made it, or put back a copy.' : undefined,
    );
  makeTables(fresh);
  const isAsMade = canonicalJson(tablesOf(database)) === canonicalJson(tablesOf(fresh));
  fresh.close();
  if (!isAsMade) throw new UnusableFile('it is damaged, its tables are not as they were made');
  const [found] = database.prepare('PRAGMA integrity_check(1)').all();
  const { integrity_check: verdict } = found as { readonly integrity_check: string };
  if (verdict !== 'ok') throw new UnusableFile(`it is damaged, ${verdict.replaceAll(/\s+/g, ' ')}`);
  checkRows(database);
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { readonly user_version: number }).user_version;
}

function tablesOf(database: DatabaseSync): readonly unknown[] {
  return database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all();
}

function makeTables(database: DatabaseSync): void {
  database.exec(`${tables} PRAGMA user_version = ${fileVersion};`);
}

/** Each `checksum` is of its row (`row-checksum.ts`); the audit trail has its chain of hashes instead. */
const tables = `
CREATE TABLE tenants (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL, configuration TEXT NOT NULL,
  checksum TEXT NOT NULL
) STRICT;
CREATE TABLE tenant_keys (
  id TEXT PRIMARY KEY, tenant TEXT, digest TEXT NOT NULL, created_ms INTEGER NOT NULL, checksum TEXT NOT NULL
) STRICT;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, actor TEXT NOT NULL, address TEXT, action TEXT NOT NULL,
  subject TEXT NOT NULL, tenant TEXT, facts TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
`;
