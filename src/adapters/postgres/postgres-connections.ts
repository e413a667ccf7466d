import { Pool, type PoolClient, type QueryResult, types } from 'pg';
import { TxTrailError } from '../../lib/error.ts';
import { fullJitterDelayMs } from '../../lib/retry-delay.ts';
import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';
import { needsConnect, needsRole, PostgresFault, shownAddress, sqlState, storeError } from './postgres-fault.ts';
import { defaultPostgresLimits, type PostgresLimits, type PostgresOptions } from './postgres-options.ts';
import { type SchemaNames, schemaNames } from './schema-name.ts';
import type { Statement, StatementResult } from './statement.ts';

export interface PostgresDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface TransactOptions {
  /** It may take place twice and comes to the same: it is tried again even if its answer was lost. */
  readonly isRepeatable: boolean;
}

const retryBounds = { baseMs: 50, maxMs: 1_000 };
/** The server's own limit of a statement comes first; this is for when nothing comes at all. */
const silenceMarginMs = 1_000;

/**
 * The connections of a process to one schema. A transaction is a list of statements that is sent in
 * one piece, from BEGIN to COMMIT, and answered in one: none is open while the program thinks, and
 * rows are locked for no longer than the server needs.
 *
 * Each of the two roles has connections of its own. What is done for a tenant is done as the role
 * that row-level security holds to that tenant's rows, named anew in each transaction: a query that
 * forgets its tenant finds nothing, and a query with a flaw finds nothing of another tenant.
 */
export class PostgresConnections {
  /** Host, port and database, for messages. */
  readonly where: string;
  readonly #names: SchemaNames;
  readonly #limits: PostgresLimits;
  readonly #deps: PostgresDeps;
  readonly #pools: Readonly<Record<'tenant' | 'worker', Pool>>;
  readonly #metrics: { readonly waiting: Gauge; readonly retries: Counter };

  /** Connects when something is asked. @throws TxTrailError `store_misconfigured` */
  constructor(options: PostgresOptions, deps: PostgresDeps) {
    this.where = shownAddress(options.url);
    this.#names = schemaNames(options.schema);
    this.#limits = options.limits ?? defaultPostgresLimits;
    this.#deps = deps;
    this.#metrics = connectionMetrics(deps.metrics);
    const { tenantRole, workerRole } = this.#names;
    this.#pools = {
      tenant: this.#makePool(options.url, tenantRole),
      worker: this.#makePool(options.url, workerRole),
    };
  }

  /** Acts for one tenant: no other tenant's row can be seen or changed. */
  asTenant(
    tenant: string,
    statements: readonly Statement[],
    options: TransactOptions,
  ): Promise<readonly StatementResult[]> {
    const named: Statement = {
      name: 'name_tenant',
      text: "SELECT set_config('txtrail.tenant', $1, true)",
      values: [tenant],
    };
    return this.#transact('tenant', [named, ...statements], options).then((results) => results.slice(1));
  }

  /** Acts for the owner of a shard or for the upkeep: every tenant's rows. */
  asWorker(statements: readonly Statement[], options: TransactOptions): Promise<readonly StatementResult[]> {
    return this.#transact('worker', statements, options);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pools.tenant.end(), this.#pools.worker.end()]);
  }

  async #transact(
    role: 'tenant' | 'worker',
    statements: readonly Statement[],
    { isRepeatable }: TransactOptions,
  ): Promise<readonly StatementResult[]> {
    const { clock, scheduler, random } = this.#deps;
    const startedMs = clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(role, statements);
      } catch (fault) {
        if (!(fault instanceof PostgresFault)) throw fault;
        const mayRepeat = fault.isPassing && (isRepeatable || !fault.mayHaveHappened);
        const isOver = clock.monotonic() - startedMs >= this.#limits.giveUpAfterMs;
        if (!mayRepeat || isOver) throw storeError(fault, this.where, this.#names.schema);
      }
      this.#metrics.retries.add();
      await scheduler.sleep(fullJitterDelayMs(attempt, retryBounds, random));
    }
  }

  /** @throws PostgresFault */
  async #attempt(role: 'tenant' | 'worker', statements: readonly Statement[]): Promise<readonly StatementResult[]> {
    const client = await this.#acquire(role);
    let isUsable = false;
    try {
      const results = await sendTransaction(client, statements);
      isUsable = true;
      return results;
    } finally {
      // After a fault nobody knows what state it is in: the next one begins with a fresh connection.
      client.release(!isUsable);
    }
  }

  async #acquire(role: 'tenant' | 'worker'): Promise<PoolClient> {
    const pool = this.#pools[role];
    this.#metrics.waiting.set(pool.waitingCount, { role });
    if (pool.waitingCount >= this.#limits.maxWaiting) {
      const message = `${pool.waitingCount} calls wait for a connection to PostgreSQL at ${this.where} already.`;
      throw new TxTrailError('store_unavailable', message, { retryable: true, facts: { store: 'postgres' } });
    }
    try {
      return await pool.connect();
    } catch (cause) {
      throw cause instanceof PostgresFault ? cause : new PostgresFault(cause, false, needsConnect);
    } finally {
      this.#metrics.waiting.set(pool.waitingCount, { role });
    }
  }

  #makePool(url: string, role: string): Pool {
    const { maxConnections, connectTimeoutMs, idleTimeoutMs, statementTimeoutMs } = this.#limits;
    const pool = new Pool({
      connectionString: url,
      application_name: role,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: idleTimeoutMs,
      query_timeout: statementTimeoutMs + silenceMarginMs,
      keepAlive: true,
      pipeline: true,
      types: { getTypeParser },
      onConnect: async (client) => {
        const values = [this.#names.schema, `${statementTimeoutMs}`, role];
        await client.query(sessionSettings, values).catch((cause: unknown) => {
          throw new PostgresFault(cause, false, needsRole(role));
        });
        // One that breaks while it is in use tells the queries that wait for it; the event says no more.
        client.on('error', (error) => this.#deps.logger.debug('a connection to PostgreSQL broke', wordsOf(error)));
      },
    });
    pool.on('error', (error) => this.#deps.logger.debug('an idle connection to PostgreSQL broke', wordsOf(error)));
    return pool;
  }
}

/** The role comes last: it may set less than the user. */
const sessionSettings = `
  SELECT set_config('search_path', $1, false), set_config('statement_timeout', $2, false),
    set_config('lock_timeout', $2, false), set_config('idle_in_transaction_session_timeout', $2, false),
    set_config('role', $3, false)`;

/** Everything goes out before the first answer is read. @throws PostgresFault */
async function sendTransaction(
  client: PoolClient,
  statements: readonly Statement[],
): Promise<readonly StatementResult[]> {
  const sent = [
    client.query('BEGIN'),
    ...statements.map(({ name, text, values }) => client.query({ name, text, values: [...values] })),
    client.query('COMMIT'),
  ];
  const settled = await Promise.allSettled(sent);
  const committed = settled.pop();
  const failed = settled.find((one) => one.status === 'rejected');
  // Where the server answered with an error before it came to COMMIT, that took nothing over.
  if (failed !== undefined) throw new PostgresFault(failed.reason, sqlState(failed.reason) === null);
  if (committed?.status !== 'fulfilled') throw new PostgresFault(committed?.reason, true);
  // COMMIT ends a transaction that had failed as well: it then says ROLLBACK, and succeeds.
  const { command } = committed.value;
  if (command !== 'COMMIT') throw new PostgresFault(new Error(`COMMIT was answered with ${command}`), false);
  return settled.slice(1).map((one) => resultOf(one as PromiseFulfilledResult<QueryResult>));
}

function resultOf({ value: { rows, rowCount } }: PromiseFulfilledResult<QueryResult>): StatementResult {
  return { rows, count: rowCount ?? 0 };
}

const bigintType = 20;

/** Every 64-bit integer of ours is a safe one. */
const getTypeParser: typeof types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === bigintType ? Number : types.getTypeParser(type, format as 'text');

function wordsOf(error: Error): { readonly reason: string } {
  return { reason: error.message };
}

function connectionMetrics(metrics: Metrics): { readonly waiting: Gauge; readonly retries: Counter } {
  return {
    waiting: metrics.gauge({
      name: 'txtrail_postgres_waiting',
      help: 'Calls that wait for a connection to PostgreSQL',
      labels: ['role'],
    }),
    retries: metrics.counter({
      name: 'txtrail_postgres_retries_total',
      help: 'Transactions of PostgreSQL that were tried again',
    }),
  };
}
