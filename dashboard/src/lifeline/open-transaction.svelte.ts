import { RefusedError, type TxTrailClient } from '@txtrail/client';
import type { TxTrailEvent } from '@txtrail/protocol';
import type { TransactionBook } from '../model/transaction-book.ts';
import { mergeHistory, type HistoryEvent } from './history.ts';

export interface OpenTransactionDeps {
  readonly book: TransactionBook;
  /** The book has changed. */
  readonly onChange: () => void;
}

/** Evidence stands in the history alone, so that is read again a moment after the last event. */
const readSoonMs = 250;
const retryMs = 2000;
const pageSize = 500;
/** A history longer than this is shown from its beginning on, with what is heard live at its end. */
const pagesRead = 4;

/** The transaction that is open, with its history: read when it is opened and after each event about it. */
export class OpenTransaction {
  id = $state<string | null>(null);
  history = $state.raw<readonly HistoryEvent[]>([]);
  /** The server does not know it. */
  isMissing = $state(false);

  readonly #deps: OpenTransactionDeps;
  #client: TxTrailClient | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: AbortController | null = null;

  constructor(deps: OpenTransactionDeps) {
    this.#deps = deps;
  }

  /** @param client null: signed out */
  attach(client: TxTrailClient | null): void {
    this.#client = client;
    this.#stop();
    this.id = null;
    this.history = [];
  }

  show(id: string | null): void {
    if (id === this.id) return;
    this.#stop();
    this.id = id;
    this.history = [];
    this.isMissing = false;
    if (id !== null) void this.#read();
  }

  /** Takes an event as it comes; what is about another transaction is passed over. */
  hear(event: TxTrailEvent): void {
    if (this.id === null || event.data.transaction?.id !== this.id) return;
    this.history = mergeHistory(this.history, [event]);
    this.#plan(readSoonMs);
  }

  /** Reads it again, as after a reconnect. */
  refresh(): void {
    if (this.id !== null) this.#plan(0);
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), delayMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  async #read(): Promise<void> {
    const { id } = this;
    const client = this.#client;
    if (id === null || client === null) return;
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const [transaction, events] = await Promise.all([
        client.transaction(id, { signal: reading.signal }),
        readHistory(client, id, reading.signal),
      ]);
      if (reading.signal.aborted) return;
      this.#deps.book.load([transaction]);
      this.history = mergeHistory(this.history, events);
      this.isMissing = false;
      this.#deps.onChange();
    } catch (error) {
      if (reading.signal.aborted) return;
      if (error instanceof RefusedError && error.status === 404) this.isMissing = true;
      else this.#plan(retryMs);
    }
  }
}

async function readHistory(client: TxTrailClient, id: string, signal: AbortSignal): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesRead; page += 1) {
    const { data, nextCursor } = await client.history(id, { limit: pageSize, cursor }, { signal });
    events.push(...(data as unknown as HistoryEvent[]));
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return events;
}
