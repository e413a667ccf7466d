import { TxTrailError } from '../../lib/error.ts';

/** What went wrong with a transaction, before it is told to the caller. */
export class PostgresFault extends Error {
  /** It may pass by itself, and trying again may help. */
  readonly isPassing: boolean;
  /** False: the transaction surely did not take place. */
  readonly mayHaveHappened: boolean;
  /** What to do where the server refused it for want of a right; null: nobody knows. */
  readonly needs: string | null;

  constructor(cause: unknown, mayHaveHappened: boolean, needs: string | null = null) {
    super(causeWords(cause), { cause });
    this.name = 'PostgresFault';
    this.isPassing = isPassingCause(cause);
    this.mayHaveHappened = mayHaveHappened;
    this.needs = needs;
  }
}

/** What a fault is to whoever asked: says which database, and what to do. */
export function storeError({ cause, message, needs }: PostgresFault, where: string, schema: string): TxTrailError {
  const state = sqlState(cause);
  const facts = { store: 'postgres', where, state };
  if (isPassingCause(cause)) {
    const text = `PostgreSQL at ${where} cannot be reached in time (${message}). Check that it runs and that distributed.postgres.url names it.`;
    return new TxTrailError('store_unavailable', text, { retryable: true, facts, cause });
  }
  if (state !== null && notMigrated.has(state)) return notMigratedError(schemaPlace(where, schema), message);
  const unfit = unfitWords(cause, needs);
  if (unfit !== null) {
    const text = `PostgreSQL at ${where} ${unfit.what} (${message}). ${unfit.remedy}`;
    return new TxTrailError('store_misconfigured', text, { facts, cause });
  }
  const text = `PostgreSQL at ${where} refused a statement (${message}).`;
  return new TxTrailError('store_refused', text, { facts, cause });
}

function unfitWords(cause: unknown, needs: string | null): { readonly what: string; readonly remedy: string } | null {
  const state = sqlState(cause);
  if (state === unknownDatabase) {
    const remedy = 'Make it (CREATE DATABASE), or mend the name in distributed.postgres.url.';
    return { what: 'has no such database', remedy };
  }
  if (state === missingRight) {
    const remedy = needs ?? 'Grant the user of distributed.postgres.url that right, or name another user there.';
    return { what: 'let us in and refuses what the user may not do', remedy };
  }
  if (!isUnfit(cause) && state?.startsWith('28') !== true) return null;
  const remedy = 'Check user, password and TLS of distributed.postgres.url, and pg_hba.conf.';
  return { what: 'does not let us in', remedy };
}

/** For messages about what stands in the schema. */
export function schemaPlace(where: string, schema: string): string {
  return `${where}, schema ${schema}`;
}

/** What to do where nobody may connect to the database, or act in one of our roles, by this user. */
export const needsConnect =
  'The user of distributed.postgres.url needs the right to connect: GRANT CONNECT ON DATABASE.';
export function needsRole(role: string): string {
  return `The user of distributed.postgres.url has to be a member of ${role}: run \`txtrail migrate\` with this user, or GRANT ${role} TO it.`;
}

export function notMigratedError(where: string, why: string): TxTrailError {
  const text = `The tables in PostgreSQL at ${where} are not those of this version (${why}). Run: txtrail migrate`;
  return new TxTrailError('store_not_migrated', text, { facts: { store: 'postgres', where } });
}

/** Host, port, database: what may be shown of a URL. */
export function shownAddress(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    const message = 'distributed.postgres.url is not of the form postgres://user:password@host:port/database.';
    throw new TxTrailError('store_misconfigured', message);
  }
  return `${parsed.hostname}:${parsed.port === '' ? '5432' : parsed.port}${parsed.pathname}`;
}

/** The SQLSTATE of an answer of the server; null: it was no answer, the connection failed. */
export function sqlState(cause: unknown): string | null {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  const isAnswer = (cause as { readonly severity?: unknown } | null)?.severity !== undefined;
  return isAnswer && typeof code === 'string' ? code : null;
}

/** Undefined table, schema or role. */
const notMigrated = new Set(['42P01', '3F000', '22023', '42704']);
const unknownDatabase = '3D000';
const missingRight = '42501';
/**
 * Deadlock and serialization, locks and statements that took too long, a database that stops, starts
 * or only reads (a standby), and what is beyond its resources.
 */
const passing = /^(?:08|40|53|57P0|55P03|57014|25006)/;

function isPassingCause(cause: unknown): boolean {
  const state = sqlState(cause);
  return state === null ? !isUnfit(cause) : passing.test(state);
}

/** The driver's own words for a URL that does not fit the server: no password, TLS that it has not, or a certificate that nobody vouches for. */
function isUnfit(cause: unknown): boolean {
  return sqlState(cause) === null && /^SASL: |does not support SSL|certificate/i.test(causeWords(cause));
}

/** Several addresses of one name fail as one error without words of its own. */
function causeWords(cause: unknown): string {
  const { message, code } = cause as { readonly message?: string; readonly code?: string };
  return message !== undefined && message !== '' ? message : (code ?? 'no connection');
}
