import type { ClientEvent, StateChange, Subscription, TxTrailClient } from '@txtrail/client';
import { RefusedError, TxTrailClientError } from '@txtrail/client';
import type { TxTrailEvent } from '@txtrail/protocol';
import type { TransactionBook } from '../model/transaction-book.ts';
import type { Connection, Delay } from './connection.ts';
import { loadList } from './list-loader.ts';

export interface LiveSessionDeps {
  readonly client: Pick<TxTrailClient, 'subscribe' | 'transactions'>;
  readonly book: TransactionBook;
  /** The server's wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Calls back after that many milliseconds; returns the way to cancel. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  readonly onConnection: (connection: Connection) => void;
  /** The book has changed. */
  readonly onChange: () => void;
  readonly onEvent: (event: TxTrailEvent, delay: Delay) => void;
  /** The whole list was read: at the start, after a reconnect and after a reset. */
  readonly onList: (list: { readonly isCut: boolean }) => void;
}

const retryListMs = 2000;

/**
 * Keeps the book like the server's: events of the whole tenant from now on, resumed by cursor for as
 * long as the page is open, and the list read anew each time events begin to come again. Events are
 * subscribed to before the list is read, so nothing falls between the two.
 */
export class LiveSession {
  readonly #deps: LiveSessionDeps;
  readonly #subscription: Subscription;
  #loading: AbortController | null = null;
  #cancelRetry: () => void = () => undefined;
  #lostSinceMs: number | null = null;
  #isClosed = false;

  constructor(deps: LiveSessionDeps) {
    this.#deps = deps;
    this.#subscription = deps.client.subscribe({
      from: 'latest',
      window: 0,
      autoAck: false,
      onReset: () => {
        this.#reload();
        return 'continue';
      },
    });
    this.#subscription.onStateChange((change) => this.#onState(change));
    void this.#read();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#loading?.abort();
    await this.#subscription.close();
  }

  async #read(): Promise<void> {
    try {
      for await (const { event } of this.#subscription) this.#take(event);
    } catch (error) {
      if (!this.#isClosed) this.#end(error);
    }
  }

  #take(event: ClientEvent): void {
    const told = event as TxTrailEvent;
    const atMs = this.#deps.now();
    if (this.#deps.book.apply(told)) this.#deps.onChange();
    this.#deps.onEvent(told, { delayMs: atMs - Date.parse(told.time), atMs });
  }

  #onState({ state, error }: StateChange): void {
    if (this.#isClosed) return;
    if (state === 'live') {
      this.#lostSinceMs = null;
      this.#reload();
    } else if (state === 'waiting') {
      this.#loading?.abort();
      this.#cancelRetry();
      this.#lostSinceMs ??= this.#deps.now();
      const reason = error?.message ?? 'The connection was lost.';
      this.#deps.onConnection({ kind: 'reconnecting', sinceMs: this.#lostSinceMs, reason });
    }
  }

  /** Reads the list; again after a while where that failed while events come. */
  #reload(): void {
    this.#loading?.abort();
    this.#cancelRetry();
    const loading = new AbortController();
    this.#loading = loading;
    this.#deps.onConnection({ kind: 'live', isLoading: true });
    const { client, book, onChange, onList, onConnection, after } = this.#deps;
    loadList({ client, book, onPage: onChange }, loading.signal).then(
      (list) => {
        if (loading.signal.aborted) return;
        onConnection({ kind: 'live', isLoading: false });
        onList(list);
      },
      (error: unknown) => {
        if (loading.signal.aborted) return;
        if (isRefusal(error)) this.#end(error);
        else this.#cancelRetry = after(retryListMs, () => this.#reload());
      },
    );
  }

  #end(error: unknown): void {
    const reason = error instanceof TxTrailClientError ? error.message : String(error);
    this.#deps.onConnection({ kind: 'refused', reason });
    void this.close();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof RefusedError;
}
