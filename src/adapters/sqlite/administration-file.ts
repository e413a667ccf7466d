import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { TxTrailError } from '../../lib/error.ts';
import { inOneTransaction } from './in-one-transaction.ts';

/** The opened file of SQLite. Whatever keeps it from its work becomes a fault that says what to do. */
export class AdministrationFile {
  readonly #database: DatabaseSync;
  readonly #path: string;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  read<Result>(work: (database: DatabaseSync) => Result): Result {
    try {
      return work(this.#database);
    } catch (cause) {
      throw administrationFault(this.#path, cause);
    }
  }

  /** All of it or nothing, on the disk when it returns; whoever else has the file open waits. */
  write<Result>(work: (database: DatabaseSync) => Result): Result {
    return this.read((database) => inOneTransaction(database, () => work(database)));
  }

  close(): void {
    this.#database.close();
  }
}

const damagedAdvice =
  'Put back a copy of it. Without one, move it away: new keys are then made, and cursors and tokens given so far end.';

/** What is wrong with the file, in words, and what to do. */
export class UnusableFile extends Error {
  readonly advice: string;

  constructor(reason: string, advice = damagedAdvice) {
    super(reason);
    this.advice = advice;
  }
}

/** SQLite's codes for a file that cannot be read or written as it stands, whatever is in it. */
const unreachable: ReadonlySet<number> = new Set([3, 5, 8, 10, 14]);
const sqliteFull = 13;

/** @returns `administration_unusable`; of a full disk, `data_dir_unusable`. */
export function administrationFault(path: string, cause: unknown): TxTrailError {
  if (cause instanceof TxTrailError) return cause;
  const code = ((cause as { readonly errcode?: number }).errcode ?? 0) & 0xff;
  if (code === sqliteFull) return fullDisk(dirname(path), cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const known = unreachable.has(code) ? 'Mend that, and start again.' : damagedAdvice;
  const advice = cause instanceof UnusableFile ? cause.advice : known;
  return new TxTrailError('administration_unusable', `${path} cannot be used: ${reason}. ${advice}`, {
    facts: { path },
    cause,
  });
}

/** As of every other file in the folder. */
function fullDisk(directory: string, cause: unknown): TxTrailError {
  return new TxTrailError(
    'data_dir_unusable',
    `The data folder ${directory} (--data) cannot be used: the disk is full. Mend that, or choose another folder.`,
    { facts: { directory, code: 'ENOSPC' }, cause },
  );
}
