import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postgresDeps, PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { openPostgres } from './open-postgres.ts';
import { PostgresConnections } from './postgres-connections.ts';
import { defaultPostgresLimits } from './postgres-options.ts';
import type { Statement } from './statement.ts';

const repeatable = { isRepeatable: true };
const once = { isRepeatable: false };

function statement(name: string, text: string, values: readonly unknown[] = []): Statement {
  return { name, text, values };
}

describe.skipIf(postgresUrl === null)('connections to PostgreSQL', () => {
  let rig: PostgresRig;
  const opened: PostgresConnections[] = [];

  beforeEach(async () => {
    rig = await PostgresRig.start();
    await rig.query(`CREATE TABLE ${rig.schema}.things (a integer UNIQUE)`);
    await rig.query(`GRANT ALL ON ${rig.schema}.things TO ${rig.schema}_worker`);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connections) => connections.close()));
    await rig.dispose();
  });

  function connect(options = rig.options): PostgresConnections {
    const connections = new PostgresConnections(options, postgresDeps());
    opened.push(connections);
    return connections;
  }

  const insert = (a: number) => statement('insert', 'INSERT INTO things VALUES ($1)', [a]);
  const things = async () => (await rig.query(`SELECT a FROM ${rig.schema}.things ORDER BY a`)).map(({ a }) => a);

  test('all statements of a transaction take place, or none', async () => {
    const connections = connect();
    const results = await connections.asWorker([insert(1), insert(2), statement('all', 'SELECT a FROM things')], once);
    expect(results.map(({ count }) => count)).toEqual([1, 1, 2]);
    await expect(connections.asWorker([insert(3), insert(1), insert(4)], once)).rejects.toMatchObject({
      code: 'store_refused',
    });
    expect(await things()).toEqual([1, 2]);
    await connections.asWorker([insert(3)], once);
    expect(await things()).toEqual([1, 2, 3]);
  });

  test('a transaction that surely did not take place is tried again, whatever it is', async () => {
    const connections = connect();
    await connections.asWorker([insert(1)], once);
    await rig.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      `${rig.schema}_worker`,
    ]);
    await connections.asWorker([insert(2)], repeatable);
    expect(await things()).toEqual([1, 2]);
  });

  test('F25: one whose answer was lost is tried again only if it may take place twice', async () => {
    const { proxy, options } = await rig.proxied();
    const connections = connect(options);
    const add = statement('add', 'INSERT INTO things SELECT coalesce(max(a), 0) + 1 FROM things');
    proxy.loseNext('COMMIT\0');
    await expect(connections.asWorker([add], once)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await things()).toEqual([1]);
    proxy.loseNext('COMMIT\0');
    await connections.asWorker([add], repeatable);
    expect(await things()).toEqual([1, 2, 3]);
  });

  test('while the database is away calls wait for it, and go on when it is back; it is told when that takes too long', async () => {
    const { proxy, options } = await rig.proxied();
    const patient = connect(options);
    const hasty = connect({ ...options, limits: { ...defaultPostgresLimits, giveUpAfterMs: 0 } });
    await patient.asWorker([insert(1)], once);
    await hasty.asWorker([insert(2)], once);
    proxy.setAway(true);
    // A connection that broke unnoticed may have taken a transaction with it: only one that may take place twice waits.
    const upsert = (a: number) => statement('upsert', 'INSERT INTO things VALUES ($1) ON CONFLICT DO NOTHING', [a]);
    const waiting = Promise.all([3, 4, 5].map((a) => patient.asWorker([upsert(a)], repeatable)));
    await expect(hasty.asWorker([insert(6)], once)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
      message: expect.stringContaining('127.0.0.1'),
    });
    proxy.setAway(false);
    await waiting;
    await hasty.asWorker([insert(7)], once);
    expect(await things()).toEqual([1, 2, 3, 4, 5, 7]);
  });

  test('a statement that takes too long ends, and its connection serves the next', async () => {
    const limits = { ...defaultPostgresLimits, statementTimeoutMs: 200, giveUpAfterMs: 0, maxConnections: 1 };
    const connections = connect({ ...rig.options, limits });
    const sleep = statement('sleep', 'SELECT pg_sleep(600)');
    await expect(connections.asWorker([sleep], repeatable)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
    });
    await connections.asWorker([insert(1)], once);
    expect(await things()).toEqual([1]);
  });

  test('calls beyond those that may wait for a connection are refused at once (I17)', async () => {
    const limits = { ...defaultPostgresLimits, maxConnections: 1, maxWaiting: 2, giveUpAfterMs: 0 };
    const metrics = recordingMetrics();
    const connections = new PostgresConnections({ ...rig.options, limits }, { ...postgresDeps(), metrics });
    opened.push(connections);
    const nap = statement('nap', 'SELECT pg_sleep(0.2)');
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => connections.asWorker([nap], repeatable)));
    const codes = outcomes.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'done'));
    expect(codes.filter((code) => code === 'done').length).toBeGreaterThanOrEqual(3);
    expect(codes.filter((code) => code === 'store_unavailable').length).toBeGreaterThanOrEqual(1);
    expect(metrics.values.get('txtrail_postgres_waiting')).toBe(0);
  });

  test('a database that cannot be reached, or does not let us in, is told without the password', async () => {
    const limits = { ...defaultPostgresLimits, giveUpAfterMs: 0, connectTimeoutMs: 500 };
    const closed = new URL(rig.options.url);
    closed.port = '1';
    closed.password = 'canary-of-the-password';
    const wrong = new URL(rig.options.url);
    wrong.pathname = '/no_such_database';
    const cases = [
      [closed.href, 'store_unavailable', `${closed.hostname}:1`],
      [wrong.href, 'store_misconfigured', 'no_such_database'],
      ['mysql://user:canary-of-the-password@somewhere/db', 'store_misconfigured', 'distributed.postgres.url'],
    ] as const;
    for (const [url, code, words] of cases) {
      const deps = postgresDeps();
      const error = await openPostgres({ ...rig.options, url, limits }, deps).then(
        () => null,
        (cause: unknown) => cause,
      );
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
      const told = JSON.stringify([(error as Error).message, (error as { facts: unknown }).facts, deps.logger]);
      expect(told).not.toContain('canary-of-the-password');
    }
  });
});
