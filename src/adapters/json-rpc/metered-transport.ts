import { TxTrailError } from '../../lib/error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Counter, Histogram, Metrics } from '../../ports/metrics.ts';
import type { JsonRpcTransport, RpcCall, RpcOutcome } from './json-rpc-message.ts';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what is asked of a provider and how it answers: each call and each item of a batch. */
export class MeteredTransport implements JsonRpcTransport {
  readonly #provider: string;
  readonly #transport: JsonRpcTransport;
  readonly #clock: Clock;
  readonly #requests: Counter;
  readonly #seconds: Histogram;

  constructor(
    options: { readonly provider: string; readonly transport: JsonRpcTransport },
    deps: { readonly clock: Clock; readonly metrics: Metrics },
  ) {
    this.#provider = options.provider;
    this.#transport = options.transport;
    this.#clock = deps.clock;
    this.#requests = deps.metrics.counter({
      name: 'txtrail_provider_requests_total',
      help: 'JSON-RPC calls (items of a batch each count), by provider, method and outcome.',
      labels: ['provider', 'method', 'outcome'],
    });
    this.#seconds = deps.metrics.histogram({
      name: 'txtrail_provider_request_seconds',
      help: 'Time until a JSON-RPC call or batch was answered or given up.',
      labels: ['provider', 'method'],
      buckets: secondsBuckets,
    });
  }

  async call(call: RpcCall, timeoutMs?: number): Promise<unknown> {
    const startedMs = this.#clock.monotonic();
    try {
      const result = await this.#transport.call(call, timeoutMs);
      this.#count(call.method, 'ok');
      return result;
    } catch (error) {
      this.#count(call.method, codeOf(error));
      throw error;
    } finally {
      this.#observe(call.method, startedMs);
    }
  }

  async batch(calls: readonly RpcCall[], timeoutMs?: number): Promise<readonly RpcOutcome[]> {
    const startedMs = this.#clock.monotonic();
    try {
      const outcomes = await this.#transport.batch(calls, timeoutMs);
      for (const [index, outcome] of outcomes.entries()) {
        this.#count(calls[index]?.method ?? 'unknown', outcome.ok ? 'ok' : outcome.error.code);
      }
      return outcomes;
    } catch (error) {
      for (const call of calls) this.#count(call.method, codeOf(error));
      throw error;
    } finally {
      this.#observe('batch', startedMs);
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #count(method: string, outcome: string): void {
    this.#requests.add(1, { provider: this.#provider, method, outcome });
  }

  #observe(method: string, startedMs: number): void {
    const seconds = (this.#clock.monotonic() - startedMs) / 1_000;
    this.#seconds.observe(seconds, { provider: this.#provider, method });
  }
}

function codeOf(error: unknown): string {
  return error instanceof TxTrailError ? error.code : 'broken';
}
