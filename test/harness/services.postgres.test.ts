import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, freshDatabase, type FreshDatabase } from './services.ts';

const url = findPostgres();

describe.skipIf(url === null)('the PostgreSQL that tests run against', () => {
  let database: FreshDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await freshDatabase(url ?? '');
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each([
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['full_page_writes', 'on'],
    ['data_checksums', 'on'],
    ['is_superuser', 'off'],
  ])('has %s %s', async (setting, value) => {
    const { rows } = await client.query(`SHOW ${setting}`);
    expect(rows).toEqual([{ [setting]: value }]);
  });

  test('keeps what was committed and nothing else', async () => {
    await client.query('CREATE TABLE kept (name text)');
    await client.query('BEGIN');
    await client.query("INSERT INTO kept VALUES ('rolled back')");
    await client.query('ROLLBACK');
    await client.query("INSERT INTO kept VALUES ('kept')");
    expect((await client.query('SELECT name FROM kept')).rows).toEqual([{ name: 'kept' }]);
  });
});
