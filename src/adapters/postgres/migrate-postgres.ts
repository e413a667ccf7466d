import { Client } from 'pg';
import { TxTrailError } from '../../lib/error.ts';
import type { Logger } from '../../ports/logger.ts';
import { type AppliedMigration, digestOf, missingMigrations, selectApplied } from './applied-migrations.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';
import { PostgresFault, shownAddress, storeError } from './postgres-fault.ts';
import { defaultPostgresLimits, type PostgresOptions } from './postgres-options.ts';
import { type SchemaNames, schemaNames } from './schema-name.ts';

export interface MigratePostgresOptions extends PostgresOptions {
  /** Default: all of this version. */
  readonly migrations?: readonly Migration[];
}

/** Two that migrate at once do so one after the other; neither waits for ever. */
const lockTimeoutMs = 60_000;

/**
 * Makes schema, roles and tables, or brings them forward to this version; done already, it changes
 * nothing. Each step is a transaction of its own, so one that is cut off leaves nothing half, and
 * the next run goes on from there. Gives the names of the steps that it took.
 *
 * The user has to be allowed to make schemas and roles (or find them made, and be a member of both).
 *
 * @throws TxTrailError `store_unavailable` (retryable), `store_misconfigured`, `store_refused`,
 *   `store_newer`, `store_migration_changed`
 */
export async function migratePostgres(
  options: MigratePostgresOptions,
  deps: { readonly logger: Logger },
): Promise<readonly string[]> {
  const where = shownAddress(options.url);
  const names = schemaNames(options.schema);
  const { connectTimeoutMs } = options.limits ?? defaultPostgresLimits;
  const client = new Client({ connectionString: options.url, connectionTimeoutMillis: connectTimeoutMs });
  // Whatever breaks the connection is told by the query that meets it.
  client.on('error', (error) => deps.logger.debug('the connection to PostgreSQL broke', { reason: error.message }));
  try {
    await client.connect();
    await client.query("SELECT set_config('search_path', $1, false), set_config('lock_timeout', $2, false)", [
      names.schema,
      `${lockTimeoutMs}`,
    ]);
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`txtrail migrate ${names.schema}`]);
    await inTransaction(client, () => client.query(named(foundation, names)));
    return await applyMissing(client, options.migrations ?? allMigrations, names, where);
  } catch (error) {
    throw error instanceof TxTrailError ? error : storeError(new PostgresFault(error, true), where);
  } finally {
    // Its lock goes with the connection.
    await client.end();
  }
}

async function applyMissing(
  client: Client,
  known: readonly Migration[],
  names: SchemaNames,
  where: string,
): Promise<readonly string[]> {
  const { rows: applied } = await client.query<AppliedMigration>(selectApplied);
  const missing = missingMigrations(applied, known, where);
  for (const [index, migration] of missing.entries()) {
    await inTransaction(client, async () => {
      await client.query(named(migration.sql, names));
      await client.query('INSERT INTO migrations (number, name, sha256) VALUES ($1, $2, $3)', [
        applied.length + index + 1,
        migration.name,
        digestOf(migration),
      ]);
    });
  }
  return missing.map(({ name }) => name);
}

async function inTransaction(client: Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
  } catch (error) {
    // A rollback that fails as well has lost its connection, and the transaction with it.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  await client.query('COMMIT');
}

/** The names are checked (`schemaNames`): there is nothing in them to be escaped. */
function named(sql: string, { schema, tenantRole, workerRole }: SchemaNames): string {
  return sql.replaceAll('{schema}', schema).replaceAll('{tenant}', tenantRole).replaceAll('{worker}', workerRole);
}

/** Stands before all migrations, and may be run again at any time. */
const foundation = `
DO $$
DECLARE
  role_name text;
  -- Since PostgreSQL 16 who made a role is a member of it and may nevertheless not act in it.
  needed text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  -- Not IF NOT EXISTS, which asks for the right to make one also where there is one.
  IF to_regnamespace('{schema}') IS NULL THEN
    CREATE SCHEMA {schema};
  END IF;
  FOREACH role_name IN ARRAY ARRAY['{tenant}', '{worker}'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', role_name);
    END IF;
    IF NOT pg_has_role(current_user, role_name, needed) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
    END IF;
  END LOOP;
END
$$;
GRANT USAGE ON SCHEMA {schema} TO {tenant}, {worker};
CREATE TABLE IF NOT EXISTS migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON migrations TO {worker};
`;
