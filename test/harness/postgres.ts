import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { PostgresDeps } from '../../src/adapters/postgres/postgres-connections.ts';
import { migratePostgres } from '../../src/adapters/postgres/migrate-postgres.ts';
import { openPostgres, type PostgresStores } from '../../src/adapters/postgres/open-postgres.ts';
import type { PostgresOptions } from '../../src/adapters/postgres/postgres-options.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { AnswerLosingProxy } from './answer-losing-proxy.ts';
import { realClock, realRandom, realScheduler } from './gateway-fixture.ts';
import { recordingLogger, recordingMetrics } from './recording-ports.ts';
import { findPostgres } from './services.ts';

/** The server of `npm run services`, by a user that may make schemas and roles; null: there is none. */
export const postgresUrl = findPostgres();

/** What an adapter of the tests stands on: everything real but the clock, where a test sets it. */
export function postgresDeps(clock: Clock = realClock): PostgresDeps {
  return {
    clock: { now: () => clock.now(), monotonic: () => realClock.monotonic() },
    scheduler: realScheduler,
    random: realRandom,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
  };
}

/** A schema that no other test sees, migrated, with one connection besides for looking behind the curtain. */
export class PostgresRig {
  readonly schema = `t_${randomBytes(6).toString('hex')}`;
  readonly options: PostgresOptions;
  readonly admin: Client;
  readonly #opened: PostgresStores[] = [];
  readonly #proxies: AnswerLosingProxy[] = [];

  private constructor(url: string) {
    this.options = { url, schema: this.schema };
    this.admin = new Client({ connectionString: url });
  }

  static async start(options: { readonly isMigrated?: boolean } = {}): Promise<PostgresRig> {
    if (postgresUrl === null) throw new Error('there is no PostgreSQL');
    const rig = new PostgresRig(postgresUrl);
    await rig.admin.connect();
    if (options.isMigrated !== false) await migratePostgres(rig.options, { logger: recordingLogger() });
    return rig;
  }

  /** As a node of its own opens it. */
  async open(clock?: Clock, options: PostgresOptions = this.options): Promise<PostgresStores> {
    const stores = await openPostgres(options, postgresDeps(clock));
    this.#opened.push(stores);
    return stores;
  }

  /** A way to the server on which answers can be lost. */
  async proxied(): Promise<{ readonly proxy: AnswerLosingProxy; readonly options: PostgresOptions }> {
    const url = new URL(this.options.url);
    const proxy = new AnswerLosingProxy({ host: url.hostname, port: Number(url.port === '' ? 5432 : url.port) });
    this.#proxies.push(proxy);
    url.hostname = '127.0.0.1';
    url.port = `${await proxy.start()}`;
    return { proxy, options: { ...this.options, url: url.href } };
  }

  async query(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return (await this.admin.query(text, [...values])).rows;
  }

  /** Every node that was opened lets go of its connections. */
  async closeAll(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((stores) => stores.close()));
  }

  async dispose(): Promise<void> {
    await this.closeAll();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    await this.admin.query(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
    for (const role of ['tenant', 'worker']) await this.admin.query(`DROP ROLE IF EXISTS ${this.schema}_${role}`);
    await this.admin.end();
  }
}
