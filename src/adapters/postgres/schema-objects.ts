import { TxTrailError } from '../../lib/error.ts';
import type { Migration } from './migrations/migration.ts';

/** A row of `selectObjects`. */
export interface FoundObject {
  readonly object: string;
}

/** What stands in the schema `$1`, in the words of `Migration.makes`; partitions of a table count as the table. */
export const selectObjects = `
  WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
      AND relkind IN ('r', 'p') AND NOT relispartition
  )
  SELECT 'table ' || relname AS object FROM tables
  UNION ALL
  SELECT 'policy ' || polname || ' on ' || relname FROM pg_policy JOIN tables ON tables.oid = polrelid
  UNION ALL
  SELECT 'trigger ' || tgname || ' on ' || relname FROM pg_trigger JOIN tables ON tables.oid = tgrelid
  WHERE NOT tgisinternal
  UNION ALL
  SELECT 'function ' || proname FROM pg_proc
  WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)`;

/**
 * The list of migrations says that all were applied; this looks whether what they made is there.
 *
 * @throws TxTrailError `store_incomplete`
 */
export function assertWhole(found: readonly FoundObject[], known: readonly Migration[], where: string): void {
  const there = new Set(found.map(({ object }) => object));
  const missing = known.flatMap(({ makes }) => makes).filter((object) => !there.has(object));
  if (missing.length === 0) return;
  // What goes with a table is not told besides.
  const told = missing.filter((object) => !missing.some((other) => object.endsWith(` on ${nameOf(other)}`)));
  const message =
    `What the migrations made in PostgreSQL at ${where} is not all there: ${told.join(', ')}. It was renamed or ` +
    'dropped: give it back its name, or restore the schema from a copy; `txtrail migrate` makes nothing a second time.';
  throw new TxTrailError('store_incomplete', message, { facts: { where, missing: told } });
}

/** Of a table; of all else, what no table is called. */
function nameOf(object: string): string {
  return object.startsWith('table ') ? object.slice('table '.length) : '?';
}
