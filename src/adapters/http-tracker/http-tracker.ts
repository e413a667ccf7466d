import type { Problem, TrackRequest, Transaction } from '@txtrail/protocol';
import { Pool } from 'undici';

const connections = 4;

type BatchResult = { readonly transaction: Transaction } | { readonly error: Problem };

/** The registration calls of a tracker's public API. Every call rejects with an Error that names status and answer. */
export class HttpTracker {
  readonly #pool: Pool;
  readonly #key: string;

  constructor(options: { readonly url: string; readonly key: string }) {
    this.#pool = new Pool(options.url, { connections });
    this.#key = options.key;
  }

  async track(request: TrackRequest): Promise<Transaction> {
    return (await this.#call('POST', '/v1/transactions', request)) as Transaction;
  }

  async trackBatch(transactions: readonly TrackRequest[]): Promise<readonly BatchResult[]> {
    const answer = await this.#call('POST', '/v1/transactions/batch', { transactions });
    return (answer as { readonly results: readonly BatchResult[] }).results;
  }

  async untrack(id: string): Promise<void> {
    await this.#call('DELETE', `/v1/transactions/${id}`);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #call(method: 'POST' | 'DELETE', path: string, content?: object): Promise<unknown> {
    const { statusCode, body } = await this.#pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      body: content === undefined ? null : JSON.stringify(content),
    });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`${method} ${path} was answered ${statusCode}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
