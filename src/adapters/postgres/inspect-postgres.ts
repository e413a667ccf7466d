import type { Logger } from '../../ports/logger.ts';
import { type AppliedMigration, assertMigrated, selectApplied } from './applied-migrations.ts';
import { type InstallationPast, selectPast } from './installation-past.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import { needsRole, PostgresFault, schemaPlace, shownAddress } from './postgres-fault.ts';
import { defaultPostgresLimits, type PostgresOptions } from './postgres-options.ts';
import { type SchemaNames, schemaNames } from './schema-name.ts';
import { assertWhole, type FoundObject, selectObjects } from './schema-objects.ts';
import { toldError, withClient } from './with-client.ts';

/** How a server is set, and what of ours it holds. */
export interface PostgresFacts {
  readonly where: string;
  readonly version: string;
  /** By name, such as `fsync`: `on` or another word of the server's. */
  readonly settings: ReadonlyMap<string, string>;
  readonly user: string;
  /** The user, or a role that we act in, sees rows in spite of row-level security; null: none does. */
  readonly seesAll: string | null;
  /** Tables that name a tenant in each row and have no row-level security. */
  readonly openTables: readonly string[];
  /** What is wrong with the tables; null: they are those of this version. */
  readonly tableFault: { readonly code: string; readonly message: string } | null;
  /** null: the tables do not tell, there being a fault of theirs. */
  readonly past: InstallationPast | null;
}

const lookedAt = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'data_checksums',
  'in_hot_standby',
  'default_transaction_read_only',
];

const selectSeeingAll = `
  SELECT rolname FROM pg_roles
  WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls) ORDER BY rolname LIMIT 1`;

const selectOpenTables = `
  SELECT relname FROM pg_class
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
  JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant'
  WHERE nspname = $1 AND relkind IN ('r', 'p') AND NOT relispartition AND NOT relrowsecurity
  ORDER BY relname`;

/**
 * Looks at a server and at our tables there, and changes nothing.
 *
 * @throws TxTrailError `store_unavailable` (retryable), `store_misconfigured`
 */
export async function inspectPostgres(
  options: PostgresOptions,
  deps: { readonly logger: Logger },
): Promise<PostgresFacts> {
  const where = shownAddress(options.url);
  const names = schemaNames(options.schema);
  const queryTimeoutMs = (options.limits ?? defaultPostgresLimits).statementTimeoutMs;
  return withClient({ ...options, queryTimeoutMs }, deps, async (client) => {
    const select = async <Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> =>
      (await client.query<Row>(text, [...values])).rows;
    const settings = await select<{ name: string; setting: string }>(
      'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
      [[...lookedAt, 'server_version']],
    );
    const byName = new Map(settings.map(({ name, setting }) => [name, setting]));
    const [user] = await select<{ name: string }>('SELECT current_user AS name', []);
    const roles = [user?.name ?? '', names.tenantRole, names.workerRole];
    const [seeingAll] = await select<{ rolname: string }>(selectSeeingAll, [roles]);
    const openTables = await select<{ relname: string }>(selectOpenTables, [names.schema]);
    const fault = await tableFault(select, names, where);
    const [past = null] = fault === null ? await select<InstallationPast>(selectPast, []) : [];
    return {
      where,
      version: byName.get('server_version') ?? '',
      settings: byName,
      user: user?.name ?? '',
      seesAll: seeingAll?.rolname ?? null,
      openTables: openTables.map(({ relname }) => relname),
      tableFault: fault,
      past,
    };
  });
}

/** Looks as the processes do, in the roles that they act in. */
async function tableFault(
  select: <Row extends object>(text: string, values: readonly unknown[]) => Promise<readonly Row[]>,
  names: SchemaNames,
  where: string,
): Promise<PostgresFacts['tableFault']> {
  const { schema, tenantRole, workerRole } = names;
  try {
    for (const role of [tenantRole, workerRole]) {
      const actIn = "SELECT set_config('search_path', $1, false), set_config('role', $2, false)";
      await select(actIn, [schema, role]).catch((cause: unknown) => {
        throw new PostgresFault(cause, false, needsRole(role));
      });
    }
    const place = schemaPlace(where, schema);
    assertMigrated(await select<AppliedMigration>(selectApplied, []), allMigrations, place);
    assertWhole(await select<FoundObject>(selectObjects, [schema]), allMigrations, place);
    return null;
  } catch (error) {
    const { code, message } = toldError(error, where, schema);
    return { code, message };
  }
}
