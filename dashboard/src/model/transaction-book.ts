import type { Transaction, TxTrailEvent } from '@txtrail/protocol';

/** A tracked transaction as the page holds it. A row is replaced, never changed. */
export interface Row {
  readonly transaction: Transaction;
  /** Of the newest event heard; 0: none yet, the list does not tell. */
  readonly revision: number;
  /** Rises with every change that the page saw; rows of the first load have 0. */
  readonly change: number;
}

/** What is kept of events that are over, so that a dot can be shown where it was. */
const orphanBlocksKept = 256;
const eventsKept = 5000;

/**
 * Every tracked transaction that is shown. Two sources feed it, lists and events, in any order and
 * with repeats: of two events the higher revision is right, of a list and an event the later
 * `updatedAt`. Where those are equal, what came last stands: the events of one step share a time,
 * come in order, and the last of them says what a list would.
 */
export class TransactionBook {
  readonly #rows = new Map<string, Row>();
  readonly #idsByHash = new Map<string, Set<string>>();
  /** Block hash → ids of the transactions that were in it when it was orphaned. */
  readonly #orphaned = new Map<string, Set<string>>();
  readonly #idsByEvent = new Map<string, string>();
  #sorted: readonly Row[] | null = null;
  #changes = 0;

  /** Newest registration first. */
  get rows(): readonly Row[] {
    this.#sorted ??= [...this.#rows.values()].reverse().sort(newestFirst);
    return this.#sorted;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Counts the changes so far: what `sweep` takes as its start. */
  get changes(): number {
    return this.#changes;
  }

  row(id: string): Row | null {
    return this.#rows.get(id) ?? null;
  }

  /** Every registration of a hash: one a subscriber. */
  withHash(hash: string): readonly Row[] {
    return [...(this.#idsByHash.get(hash) ?? [])].flatMap((id) => this.row(id) ?? []);
  }

  /** The transaction that an event was about, while that is remembered. */
  idOfEvent(eventId: string): string | null {
    return this.#idsByEvent.get(eventId) ?? null;
  }

  /** Ids of the transactions that were in a block when it left the chain. */
  orphanedIn(blockHash: string): ReadonlySet<string> {
    return this.#orphaned.get(blockHash) ?? nobody;
  }

  /** Takes what a list or a single read gave. Says what changed. */
  load(transactions: readonly Transaction[], options: { readonly isFirst?: boolean } = {}): void {
    for (const transaction of transactions) {
      const row = this.#rows.get(transaction.id);
      if (row !== undefined && transaction.updatedAt < row.transaction.updatedAt) continue;
      if (row !== undefined && sameState(row.transaction, transaction)) this.#touch(row, transaction);
      else this.#put(transaction, row?.revision ?? 0, options.isFirst === true);
    }
  }

  /** Takes an event, whether it is news, repeated or late. True: something to show has changed. */
  apply(event: TxTrailEvent): boolean {
    const { transaction } = event.data as Partial<TxTrailEvent['data']>;
    if (transaction === undefined || event.revision === null) return false;
    remember(this.#idsByEvent, event.id, transaction.id, eventsKept);
    this.#noteOrphan(event, transaction.id);
    const row = this.#rows.get(transaction.id);
    if (row !== undefined && event.revision <= row.revision) return false;
    const isNews = row === undefined || transaction.updatedAt >= row.transaction.updatedAt;
    if (isNews) this.#put(transaction, event.revision, false);
    else this.#rows.set(transaction.id, { ...row, revision: event.revision });
    if (!isNews) this.#sorted = null;
    return isNews;
  }

  /** After a whole list was read again: lets go of what it did not have and nothing has touched since it was begun. */
  sweep(listed: ReadonlySet<string>, startedAtChange: number): void {
    for (const [id, row] of this.#rows) if (!listed.has(id) && row.change <= startedAtChange) this.remove(id);
  }

  remove(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    this.#idsByHash.get(row.transaction.hash)?.delete(id);
    this.#sorted = null;
  }

  clear(): void {
    for (const held of [this.#rows, this.#idsByHash, this.#orphaned, this.#idsByEvent]) held.clear();
    this.#sorted = null;
  }

  #put(transaction: Transaction, revision: number, isFirst: boolean): void {
    const ids = this.#idsByHash.get(transaction.hash) ?? new Set();
    this.#idsByHash.set(transaction.hash, ids.add(transaction.id));
    if (!isFirst) this.#changes += 1;
    this.#rows.set(transaction.id, { transaction, revision, change: isFirst ? 0 : this.#changes });
    this.#sorted = null;
  }

  /** Seen again and unchanged: nothing to point out. */
  #touch(row: Row, transaction: Transaction): void {
    this.#rows.set(transaction.id, { ...row, transaction });
    this.#sorted = null;
  }

  #noteOrphan(event: TxTrailEvent, id: string): void {
    const hash = event.data.reorg?.fromBlockHash;
    if (hash === undefined) return;
    remember(this.#orphaned, hash, (this.#orphaned.get(hash) ?? new Set()).add(id), orphanBlocksKept);
  }
}

const nobody: ReadonlySet<string> = new Set();

function newestFirst(one: Row, other: Row): number {
  if (one.transaction.createdAt === other.transaction.createdAt) return 0;
  return one.transaction.createdAt < other.transaction.createdAt ? 1 : -1;
}

function sameState(one: Transaction, other: Transaction): boolean {
  return (
    one.status === other.status &&
    one.blockHash === other.blockHash &&
    one.execution === other.execution &&
    one.finality === other.finality
  );
}

/** Keeps the newest entries of a map. */
function remember<Key, Value>(held: Map<Key, Value>, key: Key, value: Value, limit: number): void {
  held.delete(key);
  held.set(key, value);
  if (held.size > limit) held.delete(held.keys().next().value as Key);
}
