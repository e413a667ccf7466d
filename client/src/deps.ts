/** What the client needs from its surroundings; tests put their own in place of each. */
export interface ClientDeps {
  readonly fetch: typeof globalThis.fetch;
  /** null: there is none here, as in Node 20. */
  readonly WebSocket: WebSocketConstructor | null;
  /** Milliseconds from an arbitrary start, never falling. */
  readonly now: () => number;
  /** Calls back after that many milliseconds; returns the way to cancel. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  /** In [0, 1): for jitter. */
  readonly random: () => number;
  /** A text that nobody else comes up with: for `Idempotency-Key`. */
  readonly uniqueKey: () => string;
}

/** The part of a WebSocket that the client uses: the browser's, Node's, and that of `ws` have it. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string) => WebSocketLike;

/** Those of the machine. */
export function systemDeps(): ClientDeps {
  const globals = globalThis as { readonly WebSocket?: WebSocketConstructor };
  return {
    // Looked up at each call, so that what is put in its place later (a mock, an instrumentation) is used.
    fetch: (input, init) => globalThis.fetch(input, init),
    WebSocket: globals.WebSocket ?? null,
    now: () => performance.now(),
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    // `crypto.randomUUID` is missing on pages that are not served over https.
    uniqueKey: () => crypto.getRandomValues(new Uint32Array(4)).join('-'),
  };
}

/** Resolves after the delay, or at once when the signal aborts. */
export function sleep(deps: ClientDeps, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      forget();
      resolve();
    };
    const cancel = deps.after(delayMs, wake);
    const forget = onAbort(signal, wake);
  });
}

/** Calls back, never before it has returned, when the signal aborts or if it did already; returns the way to forget it. */
export function onAbort(signal: AbortSignal | undefined, task: () => void): () => void {
  if (signal?.aborted === true) queueMicrotask(task);
  signal?.addEventListener('abort', task);
  return () => signal?.removeEventListener('abort', task);
}
