import type { DatabaseSync } from 'node:sqlite';

/** Does all of the work or nothing; on the disk when it returns. Whoever else has the file open waits. */
export function inOneTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite itself takes back what met a full disk.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
