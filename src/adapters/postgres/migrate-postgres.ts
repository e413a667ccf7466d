import type { Client } from 'pg';
import type { Logger } from '../../ports/logger.ts';
import {
  alreadyThereError,
  type AppliedMigration,
  digestOf,
  missingMigrations,
  selectApplied,
} from './applied-migrations.ts';
import { layFoundation } from './migration-foundation.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';
import { schemaPlace, shownAddress, sqlState } from './postgres-fault.ts';
import type { PostgresOptions } from './postgres-options.ts';
import { type SchemaNames, schemaNames } from './schema-name.ts';
import { assertWhole, type FoundObject, selectObjects } from './schema-objects.ts';
import { withClient } from './with-client.ts';

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
 *   `store_newer`, `store_migration_changed`, `store_incomplete`
 */
export async function migratePostgres(
  options: MigratePostgresOptions,
  deps: { readonly logger: Logger },
): Promise<readonly string[]> {
  const names = schemaNames(options.schema);
  const migrations = options.migrations ?? allMigrations;
  const where = schemaPlace(shownAddress(options.url), names.schema);
  // Its lock goes with the connection.
  return withClient({ ...options, queryTimeoutMs: null }, deps, async (client) => {
    await client.query("SELECT set_config('search_path', $1, false), set_config('lock_timeout', $2, false)", [
      names.schema,
      `${lockTimeoutMs}`,
    ]);
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`txtrail migrate ${names.schema}`]);
    await inTransaction(client, () => layFoundation(client, names));
    return applyMissing(client, migrations, names, where);
  });
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
    const number = applied.length + index + 1;
    await inTransaction(client, async () => {
      await client.query(named(migration.sql, names)).catch((error: Error) => {
        const isThere = thereAlready.has(sqlState(error) ?? '');
        throw isThere ? alreadyThereError(migration, { number, where, schema: names.schema }, error) : error;
      });
      await client.query('INSERT INTO migrations (number, name, sha256) VALUES ($1, $2, $3)', [
        number,
        migration.name,
        digestOf(migration),
      ]);
    });
  }
  const { rows: found } = await client.query<FoundObject>(selectObjects, [names.schema]);
  assertWhole(found, known, where);
  return missing.map(({ name }) => name);
}

/** A table, function, policy or trigger, or column of that name. */
const thereAlready = new Set(['42P07', '42723', '42710', '42701']);

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
