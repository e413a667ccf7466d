import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventRecord } from '../../../test/harness/event-record.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';

/** The second wall between tenants: what holds when a query of ours has a flaw. */
describe.skipIf(postgresUrl === null)('row-level security', () => {
  let rig: PostgresRig;

  beforeEach(async () => {
    rig = await PostgresRig.start();
    const { mailbox } = await rig.open();
    const hold = await mailbox.take(0);
    const events = ['one', 'two'].map((tenant) => eventRecord({ tenant, subscriber: 'alice' }));
    await mailbox.commit(hold, { through: 2, events, origins: new Map() });
    for (const tenant of ['one', 'two']) await mailbox.acknowledge({ tenant, subscriber: 'alice' }, 'app', 1);
  });
  afterEach(() => rig.dispose());

  /** What the role of readers sees of a table where it asks for everything. */
  async function seenBy(tenant: string | null, text: string): Promise<readonly Record<string, unknown>[]> {
    await rig.query('BEGIN');
    try {
      await rig.query("SELECT set_config('search_path', $1, true), set_config('role', $2, true)", [
        rig.schema,
        `${rig.schema}_tenant`,
      ]);
      if (tenant !== null) await rig.query("SELECT set_config('txtrail.tenant', $1, true)", [tenant]);
      return await rig.query(text);
    } finally {
      await rig.query('ROLLBACK');
    }
  }

  test('S01: a query without a tenant, or with a tenant of no rows, sees nothing, and with one only its own rows', async () => {
    const tables = await tablesWithTenants();
    expect(tables).toEqual(expect.arrayContaining(['mailbox', 'streams', 'feeds', 'acknowledgements']));
    for (const table of tables) {
      if (!(await mayRead(table))) continue;
      const all = `SELECT tenant FROM ${table}`;
      expect([table, await seenBy(null, all)]).toEqual([table, []]);
      expect([table, await seenBy('', all)]).toEqual([table, []]);
      expect([table, await seenBy('three', all)]).toEqual([table, []]);
      const strangers = (await seenBy('one', all)).filter(({ tenant }) => tenant !== 'one');
      expect([table, strangers]).toEqual([table, []]);
    }
    expect(await seenBy('one', 'SELECT tenant FROM mailbox')).toEqual([{ tenant: 'one' }]);
  });

  test('S01: the setting ends with its transaction', async () => {
    await seenBy('one', 'SELECT 1');
    expect(await seenBy(null, 'SELECT tenant FROM mailbox')).toEqual([]);
  });

  test('every table with a tenant has it enabled, and neither role gets round it', async () => {
    const rows = await rig.query(
      `SELECT c.relname AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
       WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant' AND NOT c.relrowsecurity`,
      [rig.schema],
    );
    expect(rows).toEqual([]);
    const roles = await rig.query(
      'SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole AS may FROM pg_roles WHERE starts_with(rolname, $1)',
      [rig.schema],
    );
    expect(roles).toEqual([{ may: false }, { may: false }]);
  });

  test('S01: nothing can be written for another tenant', async () => {
    const insert = "INSERT INTO acknowledgements (tenant, subscriber, consumer, up_to) VALUES ('two', 'bob', 'app', 1)";
    await expect(seenBy('one', insert)).rejects.toMatchObject({ code: '42501' });
    const update = 'UPDATE acknowledgements SET up_to = 9 RETURNING tenant';
    expect(await seenBy('one', update)).toEqual([{ tenant: 'one' }]);
    await expect(seenBy('one', "UPDATE acknowledgements SET tenant = 'two'")).rejects.toMatchObject({ code: '42501' });
    await expect(seenBy('one', 'DELETE FROM mailbox')).rejects.toMatchObject({ code: '42501' });
  });

  async function tablesWithTenants(): Promise<readonly string[]> {
    const rows = await rig.query(
      `SELECT c.relname AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
       WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant'`,
      [rig.schema],
    );
    return rows.map(({ name }) => String(name));
  }

  async function mayRead(table: string): Promise<boolean> {
    const [row] = await rig.query('SELECT has_table_privilege($1, $2, $3) AS may', [
      `${rig.schema}_tenant`,
      `${rig.schema}.${table}`,
      'SELECT',
    ]);
    return row?.['may'] === true;
  }
});
