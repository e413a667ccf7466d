import type { Problem } from '@txtrail/protocol';
import type { CheckedOptions } from './client-options.ts';
import type { Credential } from './credential.ts';
import { onAbort, sleep } from './deps.ts';
import type { ClientDeps } from './deps.ts';
import { CursorTooOldError, RefusedError, TxTrailClientError, UnreachableError } from './errors.ts';
import { parseJson } from './parse-json.ts';
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
      try {
        return await this.#try<T>({ ...call, headers });
      } catch (error) {
        call.signal?.throwIfAborted();
        if (attempt >= retries || !isPassing(error)) throw error;
        const asked = error.retryAfterMs ?? 0;
        if (asked > longestRetryAfterMs) throw error;
        await sleep(this.#deps, asked + jitteredDelay(attempt, defaultRetryLimits, this.#deps.random), call.signal);
      }
    }
  }

  /**
   * The answer's body as it comes, tried once; it ends when the signal aborts.
   * @throws RefusedError, UnreachableError
   */
  async stream(call: HttpCall & { readonly signal: AbortSignal }): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const response = await this.#send(call, call.signal);
    if (!response.ok) throw this.#refusal(response, await response.text());
    const type = response.headers.get('content-type');
    if (response.body !== null && type?.startsWith('text/event-stream') === true) return response.body.getReader();
    throw badAnswer(response, 'an event stream');
  }

  async #try<T>(call: HttpCall): Promise<T> {
    call.signal?.throwIfAborted();
    const aborter = new AbortController();
    const forget = onAbort(call.signal, () => aborter.abort());
    const timeoutMs = call.timeoutMs ?? this.#options.requestTimeoutMs;
    const cancel = this.#deps.after(timeoutMs, () =>
      aborter.abort(new UnreachableError('timeout', `${this.#name(call)} gave no answer within ${timeoutMs} ms.`)),
    );
    try {
      const response = await this.#send(call, aborter.signal);
      const text = await response.text();
      if (!response.ok) throw this.#refusal(response, text);
      return bodyOf<T>(response, text);
    } catch (error) {
      throw this.#asUnreachable(call, error);
    } finally {
      cancel();
      forget();
    }
  }

  /** Sends it; where a token was refused and another can be had, sends it once more. */
  async #send(call: HttpCall, signal: AbortSignal): Promise<Response> {
    const url = this.#options.url + call.path + queryOf(call.query);
    for (;;) {
      const secret = await this.#credential.get();
      const headers = { ...call.headers, authorization: `Bearer ${secret}` };
      const body = call.body === undefined ? null : JSON.stringify(call.body);
      const response = await this.#deps.fetch(url, { method: call.method, headers, signal, body });
      if (response.status !== 401) {
        if (response.ok) this.#credential.accepted();
        return response;
      }
      if (!this.#credential.refused(secret)) return response;
      await response.text();
    }
  }

  #refusal(response: Response, text: string): TxTrailClientError {
    const { status } = response;
    const problem = parseJson<Problem>(text);
    const retryAfterMs = waitOf(response.headers.get('retry-after'));
    const facts = { status, problem, retryAfterMs, traceparent: response.headers.get('traceparent') };
    if (typeof problem?.code !== 'string') {
      return new UnreachableError(`http_${status}`, `${response.url} answered ${status}: is it TxTrail's?`, facts);
    }
    if (problem.oldestCursor !== undefined) return new CursorTooOldError(problem.oldestCursor, facts);
    return new RefusedError(problem.code, messageOf(problem), facts);
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

function bodyOf<T>(response: Response, text: string): T {
  if (text === '') return undefined as T;
  const body = parseJson<T>(text);
  if (body !== null) return body;
  throw badAnswer(response, 'JSON');
}

function badAnswer({ url, status }: Response, wanted: string): UnreachableError {
  return new UnreachableError('bad_answer', `${url} did not answer with ${wanted}: is it TxTrail's?`, { status });
}

/** Milliseconds from the header's seconds, or its date, which means less the further the clocks are apart. */
function waitOf(header: string | null): number | null {
  if (header === null) return null;
  return Math.max(0, /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now());
}

/** Whether the same request may well succeed later. */
export function isPassing(error: unknown): error is TxTrailClientError {
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
