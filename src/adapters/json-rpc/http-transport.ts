import { TxTrailError } from '../../lib/error.ts';
import type { Clock, Scheduler } from '../../ports/clock.ts';
import { type HttpOrigin, type HttpReply, type Network, responseMaxBytes } from '../../ports/network.ts';
import {
  badAnswer,
  connectionErrorCode,
  excerpt,
  type FaultPlace,
  limited,
  timedOut,
  unreachable,
} from './json-rpc-fault.ts';
import {
  isObject,
  type JsonRpcTransport,
  outcomeOf,
  outcomeOfCall,
  outcomesOf,
  parseJson,
  type RpcCall,
  type RpcOutcome,
  requestOf,
} from './json-rpc-message.ts';

/** Requests that may wait or be under way at a time; beyond it a call is refused at once. */
export const requestsInFlightMax = 512;
/** Whole time of a request, from queueing to the last byte (F16). */
export const defaultRequestTimeoutMs = 5_000;
/** After a batch was refused as a whole, single calls are used for this long before it is tried again. */
export const batchReprobeMs = 10 * 60_000;
/** How many single calls stand in for a refused batch at a time. */
export const singleCallsMax = 8;

export interface HttpTransportOptions {
  /** The provider's name, for messages. */
  readonly provider: string;
  /** May hold credentials and keys; never shown. */
  readonly url: string;
  readonly requestTimeoutMs?: number | undefined;
}

export interface HttpTransportDeps {
  readonly network: Network;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** JSON-RPC over HTTP to one endpoint: pooled connections, no redirects, bounded in time, size and number. */
export class HttpTransport implements JsonRpcTransport {
  readonly #options: HttpTransportOptions;
  readonly #deps: HttpTransportDeps;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #origin: HttpOrigin;
  #closed = false;
  #inFlight = 0;
  #nextId = 1;
  #singlesUntilMs = 0;

  constructor(options: HttpTransportOptions, deps: HttpTransportDeps) {
    const url = new URL(options.url);
    this.#options = options;
    this.#deps = deps;
    this.#origin = deps.network.origin(url.origin);
    this.#path = `${url.pathname}${url.search}`;
    this.#headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...basicAuthorization(url),
    };
  }

  async call(call: RpcCall, timeoutMs?: number): Promise<unknown> {
    const id = this.#takeIds(1);
    const place = { provider: this.#options.provider, method: call.method };
    const answer = await this.#post(place, JSON.stringify(requestOf(id, call)), timeoutMs);
    const outcome = outcomeOf(place, parseAnswer(place, answer), id);
    if (!outcome.ok) throw outcome.error;
    checkStatus(place, answer);
    return outcome.result;
  }

  async batch(calls: readonly RpcCall[], timeoutMs?: number): Promise<readonly RpcOutcome[]> {
    if (calls.length === 0) return [];
    if (calls.length === 1 || this.#deps.clock.monotonic() < this.#singlesUntilMs) {
      return this.#singles(calls, timeoutMs);
    }
    const firstId = this.#takeIds(calls.length);
    const place = { provider: this.#options.provider, method: `a batch of ${calls.length}` };
    const body = JSON.stringify(calls.map((call, index) => requestOf(firstId + index, call)));
    const answer = await this.#post(place, body, timeoutMs);
    const parsed = refusesBatches(answer) ? null : parseAnswer(place, answer);
    if (Array.isArray(parsed)) return outcomesOf(this.#options.provider, calls, firstId, parsed);
    if (isObject(parsed)) throwIfLimited(place, parsed);
    this.#singlesUntilMs = this.#deps.clock.monotonic() + batchReprobeMs;
    return this.#singles(calls, timeoutMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#origin.close();
  }

  async #singles(calls: readonly RpcCall[], timeoutMs?: number): Promise<readonly RpcOutcome[]> {
    const outcomes: RpcOutcome[] = [];
    for (let start = 0; start < calls.length; start += singleCallsMax) {
      const group = calls.slice(start, start + singleCallsMax);
      outcomes.push(...(await Promise.all(group.map((call) => outcomeOfCall(this.call(call, timeoutMs))))));
    }
    // When nothing at all can be said, the caller hears it as one fault.
    const first = outcomes[0];
    if (outcomes.every((outcome) => !outcome.ok && isTransportFault(outcome.error)) && first?.ok === false) {
      throw first.error;
    }
    return outcomes;
  }

  async #post(place: FaultPlace, body: string, timeoutMs = this.#options.requestTimeoutMs): Promise<HttpAnswer> {
    if (this.#closed) throw unreachable(place, 'the connection was closed');
    if (this.#inFlight >= requestsInFlightMax) throw unreachable(place, `${requestsInFlightMax} requests wait already`);
    const limitMs = timeoutMs ?? defaultRequestTimeoutMs;
    const abort = new AbortController();
    const timer = this.#deps.scheduler.after(limitMs, () => abort.abort());
    this.#inFlight += 1;
    try {
      const { path, headers } = { path: this.#path, headers: this.#headers };
      const reply = await this.#origin.post({ path, headers, body, signal: abort.signal });
      throwIfRefused(place, reply);
      return { status: reply.status, text: await reply.text() };
    } catch (error) {
      if (error instanceof TxTrailError) throw error;
      if (abort.signal.aborted) throw timedOut(place, limitMs);
      if (isTooLarge(error)) throw badAnswer(place, `more than ${responseMaxBytes} bytes`);
      throw unreachable(place, connectionErrorCode(error));
    } finally {
      timer.cancel();
      this.#inFlight -= 1;
    }
  }

  #takeIds(count: number): number {
    const id = this.#nextId;
    this.#nextId = id + count > Number.MAX_SAFE_INTEGER ? 1 : id + count;
    return id;
  }
}

/** Drops the body of what is not read, and says what the status alone means. */
function throwIfRefused(place: FaultPlace, reply: HttpReply): void {
  const { status } = reply;
  const refused = status === 429 || status === 402 || (status >= 300 && status < 400);
  if (!refused) return;
  reply.discard();
  if (status < 400) throw badAnswer(place, `a redirect (HTTP ${status}), which is not followed`);
  throw limited(place, status, retryAfterMs(reply.headers['retry-after']));
}

/** Error objects come with any status, so the body is read first and the status only where it says nothing. */
function parseAnswer(place: FaultPlace, answer: HttpAnswer): unknown {
  if (answer.status < 400) return parseJson(place, answer.text);
  try {
    const parsed = parseJson(place, answer.text);
    if (Array.isArray(parsed) || (isObject(parsed) && 'jsonrpc' in parsed)) return parsed;
  } catch {
    // Judged by its status below.
  }
  checkStatus(place, answer);
  return null;
}

function checkStatus(place: FaultPlace, answer: HttpAnswer): void {
  if (answer.status < 300) return;
  if (answer.status >= 500) throw unreachable(place, `HTTP ${answer.status}`);
  throw badAnswer(place, `HTTP ${answer.status}: ${excerpt(answer.text)}`);
}

function refusesBatches(answer: HttpAnswer): boolean {
  return [400, 405, 413, 415, 422, 501].includes(answer.status) && !answer.text.trimStart().startsWith('[');
}

function throwIfLimited(place: FaultPlace, answer: Record<string, unknown>): void {
  const outcome = outcomeOf(place, answer, Number.NaN);
  if (!outcome.ok && outcome.error.code === 'provider_rate_limited') throw outcome.error;
}

function isTooLarge(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'response_too_large';
}

function isTransportFault(error: TxTrailError): boolean {
  return error.code === 'provider_unreachable' || error.code === 'provider_timeout';
}

/** Longest pause that a Retry-After header is believed, so that a wrong one does not end a provider (F54). */
const retryAfterMaxMs = 60_000;

function retryAfterMs(header: string | string[] | undefined): number | null {
  const seconds = typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : null;
  return seconds === null ? null : Math.min(retryAfterMaxMs, seconds * 1_000);
}

export function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
