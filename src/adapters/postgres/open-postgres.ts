import { assert } from '../../lib/assert.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';
import type { Mailbox } from '../../ports/mailbox.ts';
import type { ReadModel } from '../../ports/read-model.ts';
import type { TenantStore } from '../../ports/tenant-store.ts';
import { type AppliedMigration, assertMigrated, selectApplied } from './applied-migrations.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import { type InstallationPast, selectPast } from './installation-past.ts';
import { PostgresAnswers } from './postgres-answers.ts';
import { PostgresAuditTrail } from './postgres-audit-trail.ts';
import { PostgresConnections, type PostgresDeps } from './postgres-connections.ts';
import { schemaPlace } from './postgres-fault.ts';
import { PostgresMailbox } from './postgres-mailbox.ts';
import type { PostgresOptions } from './postgres-options.ts';
import { PostgresReadModel } from './postgres-read-model.ts';
import { PostgresTenantStore } from './postgres-tenant-store.ts';
import { schemaNames } from './schema-name.ts';
import { assertWhole, type FoundObject, selectObjects } from './schema-objects.ts';

/** All that a process keeps in PostgreSQL. */
export interface PostgresStores {
  readonly mailbox: Mailbox;
  readonly readModel: ReadModel;
  /** With the upkeep that the port leaves to each store: `dropOld`. */
  readonly answers: PostgresAnswers;
  readonly tenants: TenantStore;
  readonly audit: AuditTrail;
  past(): Promise<InstallationPast>;
  /** Host, port and database. */
  readonly where: string;
  close(): Promise<void>;
}

/**
 * Connects, and looks whether the tables are those of this version (`migratePostgres` makes them).
 *
 * @throws TxTrailError `store_unavailable` (retryable), `store_misconfigured`, `store_not_migrated`,
 *   `store_newer`, `store_migration_changed`, `store_incomplete`
 */
export async function openPostgres(options: PostgresOptions, deps: PostgresDeps): Promise<PostgresStores> {
  const connections = new PostgresConnections(options, deps);
  const { where } = connections;
  try {
    await assertTables(connections, schemaNames(options.schema).schema);
    // The user may be a member of one role and not of the other.
    const reading = { name: 'may_read', text: 'SELECT last_place FROM feeds LIMIT 1', values: [] };
    await connections.asTenant('', [reading], { isRepeatable: true });
  } catch (error) {
    await connections.close();
    throw error;
  }
  const parts = { connections, clock: deps.clock };
  return {
    mailbox: new PostgresMailbox(parts),
    readModel: new PostgresReadModel(parts),
    answers: new PostgresAnswers(parts),
    tenants: new PostgresTenantStore(parts),
    audit: new PostgresAuditTrail(parts),
    past: () => pastOf(connections),
    where,
    close: () => connections.close(),
  };
}

async function assertTables(connections: PostgresConnections, schema: string): Promise<void> {
  const [applied, found] = await connections.asWorker(
    [
      { name: 'applied_migrations', text: selectApplied, values: [] },
      { name: 'schema_objects', text: selectObjects, values: [schema] },
    ],
    { isRepeatable: true },
  );
  const place = schemaPlace(connections.where, schema);
  assertMigrated((applied?.rows ?? []) as readonly AppliedMigration[], allMigrations, place);
  assertWhole((found?.rows ?? []) as readonly FoundObject[], allMigrations, place);
}

async function pastOf(connections: PostgresConnections): Promise<InstallationPast> {
  const statement = { name: 'installation_past', text: selectPast, values: [] };
  const [past] = await connections.asWorker([statement], { isRepeatable: true });
  const [row] = (past?.rows ?? []) as readonly InstallationPast[];
  assert(row !== undefined, 'the past of an installation is one row');
  return row;
}
