import type { Client } from 'pg';
import type { Logger } from '../../ports/logger.ts';
import { defaultPostgresLimits, type PostgresOptions } from './postgres-options.ts';
import { schemaNames } from './schema-name.ts';
import { withClient } from './with-client.ts';

/** What the tables say of an installation, and nothing else can say where its topics are gone. */
export interface InstallationPast {
  /** An owner took a lane, or a transaction was tracked: topics have been written since. */
  readonly hasRun: boolean;
  /** The topics that a migration made or found, by name. */
  readonly topics: readonly string[];
}

/** One row, of the shape of `InstallationPast`; the topics stand among the settings. */
export const selectPast = `
  SELECT EXISTS (SELECT FROM lanes) OR EXISTS (SELECT FROM tracked) AS "hasRun",
    ARRAY(SELECT substr(name, 7) FROM settings WHERE name LIKE 'topic %' ORDER BY name) AS topics`;

const insertTopics = `
  INSERT INTO settings (name, value) SELECT 'topic ' || name, '' FROM unnest($1::text[]) AS name
  ON CONFLICT (name) DO NOTHING`;

/**
 * Looks before a migration, also where there are no tables yet, or not all of this version.
 *
 * @throws TxTrailError `store_unavailable` (retryable), `store_misconfigured`
 */
export function installationPast(
  options: PostgresOptions,
  deps: { readonly logger: Logger },
): Promise<InstallationPast> {
  return inSchema(options, deps, async (client) => {
    const tables = ['lanes', 'tracked', 'settings'];
    const found = await client.query('SELECT FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL', [
      tables,
    ]);
    // A process starts only where all of them are.
    if (found.rowCount !== tables.length) return { hasRun: false, topics: [] };
    const { rows } = await client.query<InstallationPast>(selectPast);
    return rows[0] ?? { hasRun: false, topics: [] };
  });
}

/**
 * Keeps in mind that these topics are there, so that one that is gone is known to be.
 *
 * @throws TxTrailError `store_unavailable` (retryable), `store_misconfigured`
 */
export async function rememberTopics(
  options: PostgresOptions,
  topics: readonly string[],
  deps: { readonly logger: Logger },
): Promise<void> {
  await inSchema(options, deps, (client) => client.query(insertTopics, [topics]));
}

function inSchema<Result>(
  options: PostgresOptions,
  deps: { readonly logger: Logger },
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { schema, workerRole } = schemaNames(options.schema);
  const needs = `The user of distributed.postgres.url has to be a member of ${workerRole}: GRANT ${workerRole} TO it.`;
  const { statementTimeoutMs } = options.limits ?? defaultPostgresLimits;
  return withClient({ ...options, queryTimeoutMs: statementTimeoutMs, needs }, deps, async (client) => {
    await client.query("SELECT set_config('search_path', $1, false)", [schema]);
    return use(client);
  });
}
