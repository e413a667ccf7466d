import { labelOf } from './text-forms.ts';
import { groupOf, type StatusGroup } from './status-words.ts';
import type { Row, TransactionBook } from './transaction-book.ts';

/** What the list is narrowed to. */
export interface ListFilter {
  /** CAIP-2; null: every chain. */
  readonly chain: string | null;
  readonly group: StatusGroup;
  /** What was typed: part of a hash, an id, an address, a label or a subscriber; a nonce; an event's id. */
  readonly text: string;
  /** A block's hash: those that are in it, or were when it was orphaned. */
  readonly block: string | null;
}

export const noFilter: ListFilter = { chain: null, group: 'all', text: '', block: null };

export function filterRows(book: TransactionBook, filter: ListFilter): readonly Row[] {
  const matches = textMatcher(book, filter.text);
  const wasInBlock = filter.block === null ? null : book.orphanedIn(filter.block);
  return book.rows.filter(
    ({ transaction }) =>
      (filter.chain === null || transaction.chain === filter.chain) &&
      (filter.group === 'all' || groupOf(transaction.status) === filter.group) &&
      (wasInBlock === null || transaction.blockHash === filter.block || wasInBlock.has(transaction.id)) &&
      matches(transaction),
  );
}

/** How many rows each group has, by the rest of the filter. */
export function groupCounts(book: TransactionBook, filter: ListFilter): Readonly<Record<StatusGroup, number>> {
  const counts: Record<StatusGroup, number> = { all: 0, waiting: 0, placed: 0, final: 0, off: 0 };
  for (const { transaction } of filterRows(book, { ...filter, group: 'all' })) {
    counts.all += 1;
    counts[groupOf(transaction.status)] += 1;
  }
  return counts;
}

function textMatcher(book: TransactionBook, typed: string): (transaction: Row['transaction']) => boolean {
  const text = typed.trim().toLowerCase();
  if (text === '') return () => true;
  const ofEvent = text.startsWith('evt_') ? book.idOfEvent(text) : null;
  // A number is a nonce or a height; as a piece of a hash it would be found everywhere.
  const number = /^\d{1,15}$/.test(text) ? Number(text) : null;
  return (transaction) =>
    transaction.id === ofEvent ||
    (number !== null && (transaction.nonce === number || transaction.blockNumber === number)) ||
    (number === null && hexPartsOf(transaction).some((part) => part?.includes(text))) ||
    [transaction.subscriber, labelOf(transaction.metadata)].some((part) => part?.toLowerCase().includes(text));
}

function hexPartsOf({ hash, id, from, to }: Row['transaction']): readonly (string | null)[] {
  return [hash, id, from, to];
}

/** A whole transaction hash, which the server can be asked for where the list does not have it. */
export function wholeHash(text: string): string | null {
  const hash = text.trim().toLowerCase();
  return /^0x[0-9a-f]{64}$/.test(hash) ? hash : null;
}
