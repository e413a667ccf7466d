import type { Problem, TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';
import { undescribedAnswer } from './described-answers.ts';

export interface HttpAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; null where there is none or it is not JSON. */
  readonly body: T;
}

export interface EventsPage {
  readonly events: readonly TxTrailEvent[];
  readonly nextCursor: string;
  readonly hasMore: boolean;
}

export interface ChainView {
  readonly chain: string;
  readonly head: { readonly number: number; readonly hash: string } | null;
  readonly finality: { readonly finalized: { readonly number: number; readonly hash: string } | null };
  readonly providers: readonly {
    readonly name: string;
    readonly role: string;
    readonly state: string;
    readonly reason: string | null;
    readonly head: number | null;
    readonly lag: number | null;
  }[];
}

/** Members of a problem that do not clash with those of the good answer; `HttpAnswer.status` has the status. */
export type ProblemMembers = Omit<Problem, 'status'>;

export type Query = Readonly<Record<string, string | number | undefined>>;

interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds; the longest long poll waits 30 s. */
  readonly timeoutMs?: number;
}

/**
 * The contract's HTTP calls by plain `fetch`, as somebody who has only read the contract would make
 * them. An answer that the served description does not describe is thrown.
 */
export class HttpClient {
  readonly #origin: () => string;
  readonly #apiKey: () => string;

  constructor(tracker: { readonly url: string; readonly apiKey: string }) {
    this.#origin = () => tracker.url;
    this.#apiKey = () => tracker.apiKey;
  }

  async request<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<HttpAnswer<T>> {
    const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(`${this.#origin()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#apiKey()}`,
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 40_000),
    });
    const text = await response.text();
    const { status, headers } = response;
    const undescribed = undescribedAnswer({ method, path }, { status, headers, text });
    if (undescribed.length > 0) throw new Error(`not as described: ${undescribed.join('\n')}\n${text.slice(0, 2000)}`);
    return { status: response.status, headers: response.headers, text, body: parsed<T>(text) };
  }

  track(request: TrackRequest, options?: CallOptions): Promise<HttpAnswer<Transaction & ProblemMembers>> {
    return this.request('POST', '/v1/transactions', request, options);
  }

  /** Tracks, and insists on 201 or 200. */
  async tracked(request: TrackRequest): Promise<Transaction> {
    const answer = await this.track(request);
    if (answer.status !== 201 && answer.status !== 200) throw new Error(`POST: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  batch(
    transactions: readonly TrackRequest[],
    options?: CallOptions,
  ): Promise<
    HttpAnswer<{ readonly results: readonly { readonly transaction?: Transaction; readonly error?: Problem }[] }>
  > {
    return this.request('POST', '/v1/transactions/batch', { transactions }, options);
  }

  async transaction(id: string): Promise<Transaction> {
    const answer = await this.request<Transaction>('GET', `/v1/transactions/${id}`);
    if (answer.status !== 200) throw new Error(`GET ${id}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  events(query: Query): Promise<HttpAnswer<EventsPage & ProblemMembers>> {
    return this.request('GET', `/v1/events?${queryString(query)}`);
  }

  acknowledge(body: {
    readonly subscriber?: string;
    readonly consumer?: string;
    readonly cursor: string;
  }): Promise<HttpAnswer<Problem>> {
    return this.request('POST', '/v1/events/ack', body);
  }

  /** Every event of a scope from the oldest kept, page by page. */
  async allEvents(query: Query): Promise<readonly TxTrailEvent[]> {
    const events: TxTrailEvent[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await this.events({ ...query, limit: 500, cursor, wait: 0 });
      if (page.status !== 200) throw new Error(`GET events: ${page.status} ${page.text}`);
      events.push(...page.body.events);
      cursor = page.body.nextCursor;
      if (!page.body.hasMore) return events;
    }
  }

  async chains(): Promise<readonly ChainView[]> {
    const answer = await this.request<{ readonly data: readonly ChainView[] }>('GET', '/v1/chains');
    if (answer.status !== 200) throw new Error(`GET chains: ${answer.status} ${answer.text}`);
    return answer.body.data;
  }
}

export function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.toString();
}

function parsed<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null as T;
  }
}
