import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventRecord } from '../../../test/harness/event-record.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';

const deps = { logger: recordingLogger() };
const first: Migration = {
  name: '0001-first',
  sql: 'CREATE TABLE first (a integer); GRANT SELECT ON first TO {tenant};',
  makes: ['table first'],
};
const second: Migration = {
  name: '0002-second',
  sql: 'CREATE TABLE second (a integer); ALTER TABLE first ADD b integer;',
  makes: ['table second'],
};

describe.skipIf(postgresUrl === null)('migrations of PostgreSQL', () => {
  let rig: PostgresRig;

  beforeEach(async () => {
    rig = await PostgresRig.start({ isMigrated: false });
  });
  afterEach(() => rig.dispose());

  function migrate(migrations: readonly Migration[] = allMigrations): Promise<readonly string[]> {
    return migratePostgres({ ...rig.options, migrations }, deps);
  }

  async function tables(): Promise<readonly string[]> {
    const rows = await rig.query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [rig.schema]);
    return rows.map(({ tablename }) => String(tablename));
  }

  test('make everything once, and go forward from there', async () => {
    expect(await migrate([first])).toEqual(['0001-first']);
    expect(await migrate([first])).toEqual([]);
    expect(await migrate([first, second])).toEqual(['0002-second']);
    expect(await tables()).toEqual(['first', 'migrations', 'second']);
  });

  test('of this version are taken at once by many that start together, once', async () => {
    const taken = await Promise.all([migrate(), migrate(), migrate()]);
    expect(taken.flat()).toEqual(allMigrations.map(({ name }) => name));
    expect(await migrate()).toEqual([]);
  });

  test('one that fails leaves nothing of itself, and those before it stand', async () => {
    const broken: Migration = { name: '0002-broken', sql: 'CREATE TABLE half (a integer); SELECT 1 / 0;', makes: [] };
    await expect(migrate([first, broken])).rejects.toMatchObject({ code: 'store_refused' });
    expect(await tables()).toEqual(['first', 'migrations']);
    expect(await migrate([first, second])).toEqual(['0002-second']);
  });

  test('one that is killed midway leaves nothing half, and the next run goes on', async () => {
    const marker = `a long one of ${rig.schema}`;
    const long: Migration = {
      name: '0002-long',
      sql: `CREATE TABLE half (a integer); SELECT pg_sleep(600) /* ${marker} */;`,
      makes: [],
    };
    const running = migrate([first, long]);
    const failed = expect(running).rejects.toMatchObject({ code: 'store_unavailable', retryable: true });
    await waitUntil(
      async () => {
        const killed = await rig.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE $1",
          [`%${marker}%`],
        );
        return killed.length > 0;
      },
      { what: 'the migration to be under way' },
    );
    await failed;
    expect(await tables()).toEqual(['first', 'migrations']);
    expect(await migrate([first, second])).toEqual(['0002-second']);
  });

  test('one that was changed, renamed or made by a newer version is refused, and nothing is touched', async () => {
    await migrate([first, second]);
    const changed = { ...first, sql: `${first.sql} ` };
    await expect(migrate([changed, second])).rejects.toMatchObject({ code: 'store_migration_changed' });
    await expect(migrate([{ ...first, name: '0001-other' }, second])).rejects.toMatchObject({
      code: 'store_migration_changed',
      facts: { migration: '0001-first' },
    });
    await expect(migrate([first])).rejects.toMatchObject({ code: 'store_newer', facts: { migration: '0002-second' } });
  });

  test('a start tells what is missing, and what to run', async () => {
    await expect(rig.open()).rejects.toMatchObject({
      code: 'store_not_migrated',
      message: expect.stringContaining('txtrail migrate'),
    });
    await migrate([]);
    await expect(rig.open()).rejects.toMatchObject({
      code: 'store_not_migrated',
      message: expect.stringContaining('0001-mailbox is missing'),
    });
    await migrate([first]);
    await expect(rig.open()).rejects.toMatchObject({ code: 'store_migration_changed' });
  });

  test('needs no superuser: one who may make schemas and roles migrates, and serves', async () => {
    const user = `${rig.schema}_user`;
    const url = new URL(rig.options.url);
    await rig.query(`CREATE ROLE ${user} LOGIN CREATEROLE PASSWORD 'of-this-test'`);
    await rig.query(`GRANT ${user} TO CURRENT_USER`);
    try {
      await rig.query(`GRANT CREATE ON DATABASE "${url.pathname.slice(1)}" TO ${user}`);
      url.username = user;
      url.password = 'of-this-test';
      const options = { ...rig.options, url: url.href };
      expect(await migratePostgres(options, deps)).toHaveLength(allMigrations.length);
      const stores = await rig.open(undefined, options);
      const hold = await stores.mailbox.take(3);
      const events = [eventRecord({ tenant: 'one', subscriber: 'alice' })];
      await stores.mailbox.commit(hold, { through: 1, events, origins: new Map() });
      expect((await stores.mailbox.retain(Date.now() + 1_000, 0)).removed).toBe(1);
      expect((await stores.mailbox.history('one', 'tx_1', 0, 10)).events).toHaveLength(1);
      await stores.audit.append([{ actor: 'node', from: null, action: 'a', subject: 's', tenant: null, facts: {} }]);
    } finally {
      await rig.closeAll();
      // Since PostgreSQL 16 only who made a role may drop it.
      await rig.query(`SET ROLE ${user}`);
      await rig.query(`DROP SCHEMA IF EXISTS ${rig.schema} CASCADE`);
      await rig.query(`DROP ROLE IF EXISTS ${rig.schema}_tenant, ${rig.schema}_worker`);
      await rig.query('RESET ROLE');
      await rig.query(`DROP OWNED BY ${user}`);
      await rig.query(`DROP ROLE ${user}`);
    }
  });

  test('needs no right to make schemas and roles where it finds them made', async () => {
    const { schema } = rig;
    const user = `${schema}_user`;
    const url = new URL(rig.options.url);
    await rig.query(`CREATE ROLE ${user} LOGIN PASSWORD 'of-this-test'`);
    await rig.query(`GRANT ${user} TO CURRENT_USER`);
    try {
      for (const role of ['tenant', 'worker']) await rig.query(`CREATE ROLE ${schema}_${role} ROLE ${user}`);
      await rig.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${user}`);
      url.username = user;
      url.password = 'of-this-test';
      const options = { ...rig.options, url: url.href };
      expect(await migratePostgres(options, deps)).toHaveLength(allMigrations.length);
      const stores = await rig.open(undefined, options);
      expect(await stores.mailbox.bounds({ tenant: 'one', subscriber: null })).toEqual({ oldest: 0, latest: 0 });
    } finally {
      await rig.closeAll();
      await rig.query(`DROP OWNED BY ${user} CASCADE`);
      await rig.query(`DROP ROLE ${user}`);
    }
  });

  test('a name that cannot stand in SQL is refused', async () => {
    for (const schema of ['a"b', 'Upper', '', '1a', 'a'.repeat(60), 'a;b'])
      await expect(migratePostgres({ ...rig.options, schema }, deps)).rejects.toMatchObject({
        code: 'store_misconfigured',
      });
  });
});
