import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postgresUrl, PostgresRig } from '../../../test/harness/postgres.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { inspectPostgres } from './inspect-postgres.ts';
import { migratePostgres } from './migrate-postgres.ts';

describe.skipIf(postgresUrl === null)('a look at a server', () => {
  const deps = { logger: recordingLogger() };
  let rig: PostgresRig;
  beforeEach(async () => {
    rig = await PostgresRig.start({ isMigrated: false });
  });
  afterEach(() => rig.dispose());

  test('tells how it is set, and what is missing until the migration', async () => {
    const before = await inspectPostgres(rig.options, deps);
    expect(before.where).toMatch(/^127\.0\.0\.1:\d+\/txtrail$/);
    expect(Number.parseInt(before.version, 10)).toBeGreaterThanOrEqual(15);
    expect(Object.fromEntries(before.settings)).toMatchObject({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      in_hot_standby: 'off',
      default_transaction_read_only: 'off',
    });
    expect(before.tableFault?.message).toContain(`schema ${rig.schema} are not those of this version`);
    await migratePostgres(rig.options, deps);
    const after = await inspectPostgres(rig.options, deps);
    expect([after.tableFault, after.seesAll, after.openTables]).toEqual([null, null, []]);
  });

  test('finds a table of tenants without row-level security', async () => {
    await migratePostgres(rig.options, deps);
    await rig.query(`ALTER TABLE ${rig.schema}.mailbox DISABLE ROW LEVEL SECURITY`);
    await rig.query(`CREATE TABLE ${rig.schema}.another (tenant text, other int)`);
    expect((await inspectPostgres(rig.options, deps)).openTables).toEqual(['another', 'mailbox']);
  });

  test('finds a user who may act in one of the roles alone; a start refuses it as well', async () => {
    await migratePostgres(rig.options, deps);
    for (const role of ['tenant', 'worker']) {
      await rig.query(`REVOKE ${rig.schema}_${role} FROM CURRENT_USER`);
      expect((await inspectPostgres(rig.options, deps)).tableFault?.message).toContain(
        `set role "${rig.schema}_${role}"`,
      );
      await expect(rig.open()).rejects.toMatchObject({ code: 'store_misconfigured' });
      await migratePostgres(rig.options, deps);
      await rig.open();
    }
  });

  test('finds a user who sees every row', async () => {
    const url = new URL(rig.options.url);
    url.username = 'postgres';
    const found = await inspectPostgres({ ...rig.options, url: url.href }, deps);
    expect([found.user, found.seesAll]).toEqual(['postgres', 'postgres']);
  });

  test.each([
    ['a port where nobody listens', (url: URL) => (url.port = '1'), 'store_unavailable'],
    ['a wrong password', (url: URL) => (url.password = 'secret-guess'), 'store_misconfigured'],
    ['no password', (url: URL) => (url.password = ''), 'store_misconfigured'],
    ['TLS, which the server does not have', (url: URL) => (url.search = '?sslmode=verify-full'), 'store_misconfigured'],
    ['a database that is not there', (url: URL) => (url.pathname = '/nowhere'), 'store_misconfigured'],
  ])('%s is told without the password', async (_name, spoil, code) => {
    const url = new URL(rig.options.url);
    spoil(url);
    const fault = await inspectPostgres({ ...rig.options, url: url.href }, deps).catch((error: Error) => error);
    expect(fault).toMatchObject({ code });
    if (url.password !== '') expect(String(fault)).not.toContain(url.password);
  });
});
