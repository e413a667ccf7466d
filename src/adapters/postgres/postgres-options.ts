/** Where the database is, and how long anything there may take. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; never shown whole. */
  readonly url: string;
  /** All tables stand in it; lower case, see `checkedSchema`. Default `txtrail`. */
  readonly schema?: string;
  readonly limits?: PostgresLimits;
}

export interface PostgresLimits {
  /** Of each of the two roles that a process acts in. */
  readonly maxConnections: number;
  /** Calls that may wait for a connection, each role; more are refused at once. */
  readonly maxWaiting: number;
  /** To connect, or to get a connection that is free. */
  readonly connectTimeoutMs: number;
  /** Of one statement, kept by the server; the client gives up a second later. */
  readonly statementTimeoutMs: number;
  /** A connection that nobody needs is closed after this. */
  readonly idleTimeoutMs: number;
  /** What passes by itself is tried again for this long, where it cannot take place twice. */
  readonly giveUpAfterMs: number;
}

export const defaultPostgresLimits: PostgresLimits = {
  maxConnections: 10,
  maxWaiting: 1_000,
  connectTimeoutMs: 3_000,
  statementTimeoutMs: 10_000,
  idleTimeoutMs: 30_000,
  giveUpAfterMs: 8_000,
};

export const defaultSchema = 'txtrail';
