import type { DatabaseSync } from 'node:sqlite';
import { TxTrailError } from '../../lib/error.ts';

/** Written into the file; one with a higher number was made by a newer version. */
const fileVersion = 1;

/** Some six events in each; larger ones would make every entry of the index dearer to write. */
const pageBytes = 8_192;

/**
 * Opens the file, making it where it is not there. A write is on the disk when it returns.
 *
 * @throws TxTrailError `history_unusable`: it is no such file, a newer version made it, or it cannot
 *   be read or written; nothing is made anew over it
 */
export async function openHistoryFile(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 5_000 });
    // No WAL: a damaged one reads as a shorter one, and what was durable in it would be gone without a word.
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = PERSIST; PRAGMA synchronous = FULL`);
    makeTables(database);
    return database;
  } catch (cause) {
    database?.close();
    throw historyFault(path, cause, 'Put back a copy, or start the version that made it.');
  }
}

/** Gives what the work gives; what SQLite throws becomes an error of ours. */
export function orUnusable<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw historyFault(path, cause, 'Look at the space on its disk, and at who may write it.');
  }
}

function historyFault(path: string, cause: unknown, advice: string): TxTrailError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${path} cannot be used (${reason}). ${advice}`;
  return new TxTrailError('history_unusable', message, { facts: { path }, cause });
}

function makeTables(database: DatabaseSync): void {
  // SQLite gives a file of anything else away at the first statement that reads it.
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number };
  if (version > fileVersion) throw new Error(`its version is ${version}, and ours is ${fileVersion}`);
  database.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${fileVersion}; COMMIT`);
}

const tables = `
CREATE TABLE IF NOT EXISTS events (
  place INTEGER PRIMARY KEY, transaction_id TEXT NOT NULL, tenant TEXT NOT NULL, seq INTEGER NOT NULL,
  numbered_ms INTEGER NOT NULL, record TEXT NOT NULL, checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_of_transaction ON events (transaction_id);
CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 1), through INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO progress (id, through) VALUES (1, 0);
`;
