import type { TxTrailClient } from '@txtrail/client';
import type { TransactionBook } from '../model/transaction-book.ts';

export interface ListLimits {
  readonly pageSize: number;
  /** Pages read at most: a list is given oldest first, so the newest stand on its last. */
  readonly pages: number;
  /** Rows kept, the newest. */
  readonly rows: number;
}

export const defaultListLimits: ListLimits = { pageSize: 500, pages: 200, rows: 20_000 };

export interface LoadedList {
  /** More is tracked than is shown. */
  readonly isCut: boolean;
}

export interface ListLoaderDeps {
  readonly client: Pick<TxTrailClient, 'transactions'>;
  readonly book: TransactionBook;
  /** After each page. */
  readonly onPage: () => void;
}

/**
 * Reads the whole list into the book and lets go of what is tracked no longer. Events may go on
 * coming into the book meanwhile.
 * @throws what the client throws, also the signal's reason
 */
export async function loadList(
  { book, client, onPage }: ListLoaderDeps,
  signal: AbortSignal,
  limits: ListLimits = defaultListLimits,
): Promise<LoadedList> {
  const isFirst = book.size === 0;
  const startedAt = book.changes;
  const listed = new Set<string>();
  let cursor: string | undefined;
  let isCut = false;
  for (let page = 0; ; page += 1) {
    if (page === limits.pages) {
      isCut = true;
      break;
    }
    const { data, nextCursor } = await client.transactions({ limit: limits.pageSize, cursor }, { signal });
    book.load(data, { isFirst });
    for (const { id } of data) listed.add(id);
    onPage();
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  if (!isCut) book.sweep(listed, startedAt);
  const surplus = book.rows.slice(limits.rows);
  for (const { transaction } of surplus) book.remove(transaction.id);
  onPage();
  return { isCut: isCut || surplus.length > 0 };
}
