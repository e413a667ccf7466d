import type { ChangeRequest, Problem, TrackRequest, Transaction } from '@txtrail/protocol';
import type { Chain, ChainDetail, TransactionStatus } from '@txtrail/protocol';
import type { ClientEvent } from './events.ts';
import type { HttpCaller } from './http-caller.ts';

/** A page of a list; `nextCursor` is null at its end. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

export interface PageOptions {
  /** At most 500; the server's 100 where left out. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface TransactionsQuery extends PageOptions {
  readonly chain?: string | undefined;
  readonly hash?: string | undefined;
  readonly subscriber?: string | undefined;
  readonly status?: TransactionStatus | undefined;
}

/** One entry's outcome: what the single call would have given. */
export type BatchResult =
  | { readonly transaction: Transaction; readonly error?: undefined }
  | { readonly error: Problem; readonly transaction?: undefined };

export interface RefreshedTransaction extends Transaction {
  readonly refresh: {
    /** Providers asked, and those of them that answered. */
    readonly asked: number;
    readonly answered: number;
    readonly outcome: string;
    readonly reasons: readonly unknown[];
  };
}

/** An event with why its verdict was reached. */
export type HistoryEntry = ClientEvent & {
  readonly evidence: { readonly rule: string; readonly providers: readonly string[]; readonly block: unknown };
};

/** Calls take a signal, whose reason they reject with once it is aborted. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The contract's calls, one method each. All reject with a TxTrailClientError. */
export interface Calls {
  /**
   * Has a transaction followed: one that is on its way, by `hash`, or one that is not sent yet, by `raw`.
   * Durable when it resolves. Tracking again what is tracked gives it as it stands; other options than
   * before are refused with `transaction_conflict`.
   */
  track(request: TrackRequest, options?: CallOptions): Promise<Transaction>;
  /** Up to 1,000 in one call, the results in the same order. One that is refused does not spoil the others. */
  trackBatch(requests: readonly TrackRequest[], options?: CallOptions): Promise<readonly BatchResult[]>;
  transaction(id: string, options?: CallOptions): Promise<Transaction>;
  transactions(query?: TransactionsQuery, options?: CallOptions): Promise<Page<Transaction>>;
  change(id: string, change: ChangeRequest, options?: CallOptions): Promise<Transaction>;
  /** Stops following it. */
  untrack(id: string, options?: CallOptions): Promise<void>;
  /** Asks the chain's providers now. */
  refresh(id: string, options?: CallOptions): Promise<RefreshedTransaction>;
  /** Its events, oldest first, with the evidence of each verdict. */
  history(id: string, page?: PageOptions, options?: CallOptions): Promise<Page<HistoryEntry>>;
  /**
   * One page of events, at once: for reading what is kept up to its end. To follow what comes, subscribe.
   * @throws CursorTooOldError as well
   */
  events(query?: EventsQuery, options?: CallOptions): Promise<EventsPage>;
  chains(options?: CallOptions): Promise<readonly Chain[]>;
  /** @param chain CAIP-2 id or preset name */
  chain(chain: string, options?: CallOptions): Promise<ChainDetail>;
  /** A short-lived token for one subscriber, to hand to a browser or an app. Needs the tenant's key. */
  createToken(request: TokenRequest, options?: CallOptions): Promise<SubscriberToken>;
  /** Acknowledges for a consumer without a subscription. */
  acknowledge(request: AcknowledgeRequest, options?: CallOptions): Promise<void>;
}

export interface EventsQuery {
  readonly subscriber?: string | undefined;
  readonly consumer?: string | undefined;
  /** Goes on behind it; without one, `from` says where to begin. */
  readonly cursor?: string | undefined;
  /** `earliest` where left out. */
  readonly from?: 'earliest' | 'latest' | 'ack' | undefined;
  readonly types?: readonly string[] | undefined;
  readonly transaction?: string | undefined;
  readonly chain?: string | undefined;
  /** At most 500; the server's 100 where left out. */
  readonly limit?: number | undefined;
}

export interface EventsPage {
  readonly events: readonly ClientEvent[];
  readonly nextCursor: string;
  /** False: this is the end, for now. */
  readonly hasMore: boolean;
}

export interface AcknowledgeRequest {
  readonly subscriber?: string | undefined;
  readonly consumer?: string | undefined;
  readonly cursor: string;
}

export interface TokenRequest {
  readonly subscriber: string;
  /** At most 3600. */
  readonly ttlSeconds?: number | undefined;
}

export interface SubscriberToken {
  readonly token: string;
  readonly subscriber: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** A raw transaction is answered after its first outcome, and a batch weighs more than one. */
const slowTimeoutMs = 60_000;

export function createCalls(http: HttpCaller): Calls {
  const one = (id: string, below = ''): string => `/v1/transactions/${encodeURIComponent(id)}${below}`;
  return {
    track: (body, { signal } = {}) =>
      http.json({ method: 'POST', path: '/v1/transactions', body, signal, timeoutMs: slowTimeoutMs }),
    trackBatch: async (transactions, { signal } = {}) => {
      const path = '/v1/transactions/batch';
      const answer = await http.json<{ readonly results: readonly BatchResult[] }>({
        method: 'POST',
        path,
        body: { transactions },
        signal,
        timeoutMs: slowTimeoutMs,
      });
      return answer.results;
    },
    transaction: (id, { signal } = {}) => http.json({ method: 'GET', path: one(id), signal }),
    transactions: (query, { signal } = {}) =>
      http.json({ method: 'GET', path: '/v1/transactions', query: { ...query }, signal }),
    change: (id, body, { signal } = {}) => http.json({ method: 'PATCH', path: one(id), body, signal }),
    untrack: (id, { signal } = {}) => http.json({ method: 'DELETE', path: one(id), signal }),
    refresh: (id, { signal } = {}) => http.json({ method: 'POST', path: one(id, '/refresh'), signal }),
    history: (id, page, { signal } = {}) =>
      http.json({ method: 'GET', path: one(id, '/history'), query: { ...page }, signal }),
    events: (query, { signal } = {}) => http.json({ method: 'GET', path: '/v1/events', query: { ...query }, signal }),
    chains: async ({ signal } = {}) => {
      const page = await http.json<Page<Chain>>({ method: 'GET', path: '/v1/chains', query: { limit: 500 }, signal });
      return page.data;
    },
    chain: (chain, { signal } = {}) =>
      http.json({ method: 'GET', path: `/v1/chains/${encodeURIComponent(chain)}`, signal }),
    createToken: (body, { signal } = {}) => http.json({ method: 'POST', path: '/v1/tokens', body, signal }),
    acknowledge: (body, { signal } = {}) => http.json({ method: 'POST', path: '/v1/events/ack', body, signal }),
  };
}
