import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { migratePostgres } from './migrate-postgres.ts';
import type { PostgresOptions } from './postgres-options.ts';

/** Each word tells what to do; done, the next one is met. */
describe.skipIf(postgresUrl === null)('a user who lacks a right', () => {
  let rig: PostgresRig;
  let user = '';
  let options: PostgresOptions;

  beforeEach(async () => {
    rig = await PostgresRig.start({ isMigrated: false });
    user = `${rig.schema}_user`;
    await rig.query(`CREATE ROLE ${user} LOGIN PASSWORD 'of-this-test'`);
    await rig.query(`GRANT ${user} TO CURRENT_USER`);
    const url = new URL(rig.options.url);
    url.username = user;
    url.password = 'of-this-test';
    options = { ...rig.options, url: url.href };
  });
  afterEach(async () => {
    await rig.closeAll();
    await rig.query(`DROP OWNED BY ${user} CASCADE`);
    await rig.query(`DROP ROLE ${user}`);
    await rig.dispose();
  });

  async function refused(run: Promise<unknown>): Promise<string> {
    const error = (await run.then(
      () => null,
      (cause: unknown) => cause,
    )) as Error;
    expect(error).toMatchObject({ code: 'store_misconfigured', retryable: false });
    expect(error.message).not.toContain('Check user, password');
    expect(error.message).not.toContain('of-this-test');
    return error.message;
  }
  const migrate = (): Promise<readonly string[]> => migratePostgres(options, { logger: recordingLogger() });
  const statementIn = (message: string, start: string): string =>
    new RegExp(`${start}[^;.]*`).exec(message)?.[0] ?? `nothing begins with ${start} in: ${message}`;

  test('to migrate is told one after the other, by statements that give them', async () => {
    await rig.query(statementIn(await refused(migrate()), 'GRANT CREATE ON DATABASE'));
    const ofRoles = await refused(migrate());
    expect(ofRoles).toContain(`ALTER ROLE ${user} CREATEROLE`);
    for (const role of ['tenant', 'worker']) {
      const message = await refused(migrate());
      await rig.query(statementIn(message, `CREATE ROLE ${rig.schema}_${role}`));
    }
    expect((await migrate()).length).toBeGreaterThan(0);
  });

  test('to act in a role is told by its name, and by who can give it', async () => {
    await migratePostgres(rig.options, { logger: recordingLogger() });
    const ofStart = await refused(rig.open(undefined, options));
    expect(ofStart).toContain(`has to be a member of ${rig.schema}_worker: run \`txtrail migrate\` with this user`);
    const ofMigration = await refused(migrate());
    await rig.query(statementIn(ofMigration, `GRANT ${rig.schema}_tenant`));
  });

  test('to a database that is not there is told to make it', async () => {
    const url = new URL(options.url);
    url.pathname = '/nowhere';
    options = { ...options, url: url.href };
    const told = expect.stringMatching(/has no such database .*CREATE DATABASE/);
    expect(await refused(migrate())).toEqual(told);
    expect(await refused(rig.open(undefined, options))).toEqual(told);
  });
});
