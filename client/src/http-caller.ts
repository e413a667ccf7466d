import type { Problem } from '@txtrail/protocol';
import type { CheckedOptions } from './client-options.ts';
import type { Credential } from './credential.ts';
import { sleep } from './deps.ts';
import type { ClientDeps } from './deps.ts';
import { CursorTooOldError, RefusedError, TxTrailClientError, UnreachableError } from './errors.ts';
import { defaultRetryLimits, jitteredDelay } from './retry.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the server's URL, beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one try; the option's where left out. */
  readonly timeoutMs?: number | undefined;
  /** Tries after the first; the option's where left out. */
  readonly retries?: number | undefined;
}

/** A longer `Retry-After` is the caller's to wait for. */
const longestRetryAfterMs = 60_000;

const passingStatuses = [429, 502, 503, 504];

/**
 * The contract's calls over HTTP. A write carries one `Idempotency-Key` over all its tries, so that a
 * try whose answer was lost has the same effect as none. Tries are bounded, spread by full jitter,
 * and no sooner than `Retry-After` says.
 */
export class HttpCaller {
  readonly #options: CheckedOptions;
  readonly #credential: Credential;
  readonly #deps: ClientDeps;

  constructor(options: CheckedOptions, credential: Credential, deps: ClientDeps) {
    this.#options = options;
    this.#credential = credential;
    this.#deps = deps;
  }

  /**
   * The answer's body; undefined where it has none.
   * @throws RefusedError, UnreachableError; the signal's reason once that is aborted
   */
  async json<T>(call: HttpCall): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
    if (call.method !== 'GET') headers['idempotency-key'] = this.#deps.uniqueKey();
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    const retries = call.retries ?? this.#options.retries;
    for (let attempt = 0; ; attempt += 1) {
      const error = await this.#try<T>({ ...call, headers }).catch((failure: unknown) => new Failure(failure));
      if (!(error instanceof Failure)) return error;
      if (attempt >= retries || !isPassing(error.reason)) throw error.reason;
      const asked = retryAfterMs(error.reason);
      if (asked > longestRetryAfterMs) throw error.reason;
      await sleep(this.#deps, asked + jitteredDelay(attempt, defaultRetryLimits, this.#deps.random), call.signal);
      call.signal?.throwIfAborted();
    }
  }

  /**
   * An answer whose body is still to be read; it ends when the signal aborts.
   * @throws RefusedError, UnreachableError
   */
  async open(call: HttpCall & { readonly signal: AbortSignal }): Promise<Response> {
    const response = await this.#send(call, call.signal);
    if (response.ok) return response;
    throw await this.#refusal(response, await response.text());
  }

  async #try<T>(call: HttpCall): Promise<T> {
    call.signal?.throwIfAborted();
    const aborter = new AbortController();
    const abort = (): void => aborter.abort();
    const timeoutMs = call.timeoutMs ?? this.#options.requestTimeoutMs;
    let isLate = false;
    const cancel = this.#deps.after(timeoutMs, () => {
      isLate = true;
      abort();
    });
    call.signal?.addEventListener('abort', abort);
    try {
      const response = await this.#send(call, aborter.signal);
      const text = await response.text();
      if (!response.ok) throw await this.#refusal(response, text);
      return this.#parse<T>(response, text);
    } catch (error) {
      call.signal?.throwIfAborted();
      if (isLate) throw new UnreachableError('timeout', `${this.#name(call)} gave no answer within ${timeoutMs} ms.`);
      throw this.#asUnreachable(call, error);
    } finally {
      cancel();
      call.signal?.removeEventListener('abort', abort);
    }
  }

  /** Sends it; where a token was refused and another can be had, sends it once more. */
  async #send(call: HttpCall, signal: AbortSignal): Promise<Response> {
    const url = this.#options.url + call.path + queryOf(call.query);
    for (;;) {
      const secret = await this.#credential.get();
      const response = await this.#deps
        .fetch(url, {
          method: call.method,
          headers: { ...call.headers, authorization: `Bearer ${secret}` },
          signal,
          ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        })
        .catch((error: unknown) => {
          throw this.#asUnreachable(call, error);
        });
      if (response.status !== 401) {
        if (response.ok) this.#credential.accepted();
        return response;
      }
      if (!this.#credential.refused(secret)) return response;
      await response.text();
    }
  }

  #parse<T>(response: Response, text: string): T {
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const facts = { status: response.status, traceparent: response.headers.get('traceparent'), cause };
      throw new UnreachableError('bad_answer', `${response.url} did not answer with JSON: is it TxTrail's?`, facts);
    }
  }

  async #refusal(response: Response, text: string): Promise<TxTrailClientError> {
    const { status } = response;
    const facts = { status, traceparent: response.headers.get('traceparent') };
    const problem = problemOf(text);
    const after = response.headers.get('retry-after');
    if (problem === null) {
      const message = `${response.url} answered ${status} without a problem of TxTrail's: is a proxy in between?`;
      return noteRetryAfter(new UnreachableError(`http_${status}`, message, facts), after);
    }
    if (problem.oldestCursor !== undefined) return new CursorTooOldError(problem.oldestCursor, { ...facts, problem });
    return noteRetryAfter(new RefusedError(problem.code, messageOf(problem), { ...facts, problem }), after);
  }

  #asUnreachable(call: HttpCall, error: unknown): unknown {
    if (error instanceof TxTrailClientError) return error;
    const message = `${this.#name(call)} could not be reached: ${reasonOf(error)}. Is the server up and the url right?`;
    return new UnreachableError('unreachable', message, { cause: error });
  }

  #name({ method, path }: HttpCall): string {
    return `${method} ${this.#options.url}${path}`;
  }
}

class Failure {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}

const retryAfters = new WeakMap<TxTrailClientError, number>();

function noteRetryAfter(error: TxTrailClientError, header: string | null): TxTrailClientError {
  if (header === null) return error;
  // Seconds, or a date, which means less the further the clocks are apart.
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  if (waitMs > 0) retryAfters.set(error, waitMs);
  return error;
}

/** What the server asked to wait, milliseconds; 0 where it did not say. */
export function retryAfterMs(error: unknown): number {
  return error instanceof TxTrailClientError ? (retryAfters.get(error) ?? 0) : 0;
}

/** Whether the same request may well succeed later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof TxTrailClientError)) return false;
  if (error.status === null) return error instanceof UnreachableError;
  return passingStatuses.includes(error.status);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's fetch says no more than "fetch failed"; what failed stands in its cause.
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

function problemOf(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Problem | null;
    return typeof value?.code === 'string' ? value : null;
  } catch {
    // A page of a proxy, or nothing at all.
    return null;
  }
}

function messageOf(problem: Problem): string {
  const mistakes = problem.errors?.map(({ path, message }) => `${path} ${message}`).join('; ');
  return `${problem.title}: ${problem.detail}${mistakes === undefined ? '' : ` (${mistakes})`}`;
}

function queryOf(query: HttpCall['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value ?? []].flat()) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
