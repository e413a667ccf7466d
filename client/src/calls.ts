import type {
  Chain,
  ChainDetail,
  ChangeRequest,
  Problem,
  RefreshedTransaction,
  SubscriberToken,
  TokenRequest,
  TrackRequest,
  Transaction,
  TransactionStatus,
} from '@txtrail/protocol';
import type { ClientEvent } from './events.ts';
import type { HttpCall, HttpCaller } from './http-caller.ts';

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
  /** One an event: the place behind it. */
  readonly cursors?: readonly string[];
  readonly nextCursor: string;
  /** False: there is nothing more to read at this moment. */
  readonly hasMore: boolean;
}

export interface AcknowledgeRequest {
  readonly subscriber?: string | undefined;
  readonly consumer?: string | undefined;
  readonly cursor: string;
}

/** A raw transaction is answered after its first outcome, and a batch weighs more than one. */
const slowTimeoutMs = 60_000;

export function createCalls(http: HttpCaller): Calls {
  const list = '/v1/transactions';
  const one = (id: string): string => `${list}/${encodeURIComponent(id)}`;
  const call = <T>(
    method: HttpCall['method'],
    path: string,
    options: CallOptions = {},
    more: Partial<HttpCall> = {},
  ): Promise<T> => http.json({ method, path, signal: options.signal, ...more });
  return {
    track: (body, options) => call('POST', list, options, { body, timeoutMs: slowTimeoutMs }),
    trackBatch: async (transactions, options) => {
      const more = { body: { transactions }, timeoutMs: slowTimeoutMs };
      const answer = await call<{ readonly results: readonly BatchResult[] }>('POST', `${list}/batch`, options, more);
      return answer.results;
    },
    transaction: (id, options) => call('GET', one(id), options),
    transactions: (query, options) => call('GET', list, options, { query: { ...query } }),
    change: (id, body, options) => call('PATCH', one(id), options, { body }),
    untrack: (id, options) => call('DELETE', one(id), options),
    refresh: (id, options) => call('POST', `${one(id)}/refresh`, options),
    history: (id, page, options) => call('GET', `${one(id)}/history`, options, { query: { ...page } }),
    events: (query, options) => call('GET', '/v1/events', options, { query: { ...query } }),
    chains: async (options) => {
      const page = await call<Page<Chain>>('GET', '/v1/chains', options, { query: { limit: 500 } });
      return page.data;
    },
    chain: (chain, options) => call('GET', `/v1/chains/${encodeURIComponent(chain)}`, options),
    createToken: (body, options) => call('POST', '/v1/tokens', options, { body }),
    acknowledge: (body, options) => call('POST', '/v1/events/ack', options, { body }),
  };
}
