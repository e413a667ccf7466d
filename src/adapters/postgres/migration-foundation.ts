import type { Client } from 'pg';
import { PostgresFault } from './postgres-fault.ts';
import type { SchemaNames } from './schema-name.ts';

/** Who asks, as it stands in SQL. */
interface Asking {
  readonly user: string;
  readonly database: string;
}

/**
 * Makes what stands before all migrations, where it is missing: schema, roles and the list of
 * migrations. May be done again at any time.
 *
 * @throws PostgresFault that says which right the user lacks
 */
export async function layFoundation(client: Client, names: SchemaNames): Promise<void> {
  const { schema, tenantRole, workerRole } = names;
  const { rows } = await client.query<Asking & { readonly hasSchema: boolean }>(
    `SELECT quote_ident(current_user) AS user, quote_ident(current_database()) AS database,
      to_regnamespace($1) IS NOT NULL AS "hasSchema"`,
    [schema],
  );
  const [asking] = rows;
  const { user = '', database = '' } = asking ?? {};
  if (asking?.hasSchema !== true) {
    const needs = `To make the schema ${schema} the user needs a right: GRANT CREATE ON DATABASE ${database} TO ${user}; or let somebody make it beforehand: CREATE SCHEMA ${schema} AUTHORIZATION ${user}.`;
    // Not IF NOT EXISTS, which asks for the right to make one also where there is one.
    await asked(client, `CREATE SCHEMA ${schema}`, needs);
  }
  for (const role of [tenantRole, workerRole]) await makeRole(client, role, user);
  const needs = `The user has to own the schema: ALTER SCHEMA ${schema} OWNER TO ${user}.`;
  await asked(client, `GRANT USAGE ON SCHEMA ${schema} TO ${tenantRole}, ${workerRole}`, needs);
  await asked(client, listOfMigrations, needs);
  await asked(client, `GRANT SELECT ON migrations TO ${workerRole}`, needs);
}

const listOfMigrations = `
  CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

/** Makes the role and the user a member of it. */
async function makeRole(client: Client, role: string, user: string): Promise<void> {
  const { rows: roles } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (roles.length === 0) {
    const needs = `To make the role ${role} the user needs a right: ALTER ROLE ${user} CREATEROLE; or let somebody make it beforehand: CREATE ROLE ${role} ROLE ${user}.`;
    await asked(client, `CREATE ROLE ${role} NOLOGIN NOBYPASSRLS`, needs);
  }
  // Since PostgreSQL 16 who made a role is a member of it and may nevertheless not act in it.
  const { rows } = await client.query<{ readonly mayAct: boolean }>(
    `SELECT pg_has_role(current_user, $1,
      CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS "mayAct"`,
    [role],
  );
  if (rows[0]?.mayAct === true) return;
  const needs = `The user has to be a member of the role, which only who administers the role can arrange: GRANT ${role} TO ${user}.`;
  await asked(client, `GRANT ${role} TO CURRENT_USER`, needs);
}

/** `needs`: what to do where the user may not. */
async function asked(client: Client, text: string, needs: string): Promise<void> {
  try {
    await client.query(text);
  } catch (cause) {
    throw new PostgresFault(cause, true, needs);
  }
}
