import { hash } from 'node:crypto';
import { TxTrailError } from '../../lib/error.ts';
import type { Migration } from './migrations/migration.ts';
import { notMigratedError } from './postgres-fault.ts';

/** A row of the table `migrations`. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

export const selectApplied = 'SELECT number, name, sha256 FROM migrations ORDER BY number';

export function digestOf({ sql }: Migration): string {
  return hash('sha256', sql, 'hex');
}

/**
 * The migrations that are still to be applied.
 *
 * @throws TxTrailError `store_newer` where a newer version was here, `store_migration_changed` where
 *   one was applied with another text, `store_incomplete` where one is missing among them: nothing is
 *   guessed about such tables
 */
export function missingMigrations(
  applied: readonly AppliedMigration[],
  known: readonly Migration[],
  where: string,
): readonly Migration[] {
  const newer = applied[known.length];
  if (newer !== undefined) {
    const message = `The tables in PostgreSQL at ${where} were made by a newer TxTrail (${newer.name}). Start that version, or a newer one.`;
    throw new TxTrailError('store_newer', message, { facts: { where, migration: newer.name } });
  }
  for (const [index, { number, name, sha256 }] of applied.entries()) {
    const ours = known[index];
    if (ours !== undefined && number !== index + 1) throw goneRowError(ours, index + 1, where);
    if (ours !== undefined && ours.name === name && digestOf(ours) === sha256) continue;
    const message = `The migration ${name} in PostgreSQL at ${where} was applied with another text than this version has. Start the version that made the tables, or restore them from a copy.`;
    throw new TxTrailError('store_migration_changed', message, { facts: { where, migration: name } });
  }
  return known.slice(applied.length);
}

function goneRowError({ name }: Migration, number: number, where: string): TxTrailError {
  const message = `The list of migrations in PostgreSQL at ${where} has later ones and not ${name}. Restore the schema from a copy; where only that row was taken away, put it back with the number ${number}.`;
  return new TxTrailError('store_incomplete', message, { facts: { where, migration: name } });
}

/** The migration would make what is there, as where its row was taken away by hand. */
export function alreadyThereError(
  migration: Migration,
  place: { readonly number: number; readonly where: string; readonly schema: string },
  cause: Error,
): TxTrailError {
  const { number, where, schema } = place;
  const { name } = migration;
  const row = `INSERT INTO ${schema}.migrations (number, name, sha256) VALUES (${number}, '${name}', '${digestOf(migration)}');`;
  const message = `The migration ${name} in PostgreSQL at ${where} finds there what it would make (${cause.message}), and is not in the list of migrations. Nothing of it was applied. Restore the schema from a copy; where only the row was taken away, put it back: ${row}`;
  return new TxTrailError('store_incomplete', message, { facts: { where, migration: name }, cause });
}

/** @throws TxTrailError `store_not_migrated` as well, where one is missing */
export function assertMigrated(applied: readonly AppliedMigration[], known: readonly Migration[], where: string): void {
  const [missing] = missingMigrations(applied, known, where);
  if (missing !== undefined) throw notMigratedError(where, `${missing.name} is missing`);
}
