import { hash } from 'node:crypto';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { UnusableFile } from './administration-file.ts';

/** SHA-256, hex, of a row and the table that it stands in; SQLite has no checksums of its own. */
export function rowChecksum(table: string, row: object): string {
  return hash('sha256', canonicalJson({ table, row }), 'hex');
}

/**
 * The row without its checksum. A flipped bit may leave a row that reads well, and a secret that
 * nobody's cursor was signed with.
 *
 * @throws UnusableFile where it is not as it was written; what it holds is not said
 */
export function checkedRow<Row extends object>(
  table: string,
  id: string,
  stored: Row & { readonly checksum: string },
): Row {
  const { checksum, ...row } = stored;
  if (checksum !== rowChecksum(table, row))
    throw new UnusableFile(
      `it is damaged, the row ${JSON.stringify(id)} of its table ${table} is not as it was written`,
    );
  return row as unknown as Row;
}
