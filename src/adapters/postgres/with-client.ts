import { Client } from 'pg';
import { TxTrailError } from '../../lib/error.ts';
import type { Logger } from '../../ports/logger.ts';
import { needsConnect, PostgresFault, shownAddress, storeError } from './postgres-fault.ts';
import { defaultPostgresLimits, type PostgresOptions } from './postgres-options.ts';
import { schemaNames } from './schema-name.ts';

/** How one connection differs from the others. */
export interface ClientOptions extends PostgresOptions {
  /** Of the client's own limit of a statement; null: it waits as long as the server takes. */
  readonly queryTimeoutMs: number | null;
  /** What to do where a right is missing, unless the statement that lacks it says so. */
  readonly needs?: string;
}

/**
 * One connection, by the user of the URL, for one piece of work.
 *
 * @throws TxTrailError `store_unavailable` (retryable), `store_misconfigured`, `store_not_migrated`,
 *   `store_refused`, and what the work throws
 */
export async function withClient<Result>(
  options: ClientOptions,
  deps: { readonly logger: Logger },
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const where = shownAddress(options.url);
  const { schema } = schemaNames(options.schema);
  const client = new Client({
    connectionString: options.url,
    connectionTimeoutMillis: (options.limits ?? defaultPostgresLimits).connectTimeoutMs,
    ...(options.queryTimeoutMs === null ? {} : { query_timeout: options.queryTimeoutMs }),
  });
  // Whatever breaks the connection is told by the query that meets it.
  client.on('error', (error) => deps.logger.debug('the connection to PostgreSQL broke', { reason: error.message }));
  try {
    await client.connect().catch((cause: unknown) => {
      throw new PostgresFault(cause, false, needsConnect);
    });
    return await use(client);
  } catch (error) {
    throw toldError(error, where, schema, options.needs);
  } finally {
    await client.end();
  }
}

/** What a statement failed of, in words for people. */
export function toldError(error: unknown, where: string, schema: string, needs?: string): TxTrailError {
  if (error instanceof TxTrailError) return error;
  const fault = error instanceof PostgresFault ? error : new PostgresFault(error, true, needs);
  return storeError(fault, where, schema);
}
