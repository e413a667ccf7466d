import type { ClientDeps } from './deps.ts';
import { RefusedError } from './errors.ts';

export interface AcknowledgerDeps extends ClientDeps {
  /** The server does not take one: it is none of its cursors, or beyond what was sent. */
  readonly onRefused: (error: RefusedError) => void;
}

/** How acknowledgements reach the server at present. */
export interface AcknowledgementRoute {
  /** Milliseconds that acknowledgements are gathered. */
  readonly delayMs: number;
  /** Resolves when it is sent; what fails is sent again by the next route. */
  send(cursor: string): Promise<void> | void;
}

/**
 * Acknowledgements of one subscription on their way. They are cumulative, so of those that wait only
 * the last is sent; after a reconnect the last is sent again, since nobody knows whether it arrived.
 */
export class Acknowledger {
  readonly #deps: AcknowledgerDeps;
  /** How many may gather before they are sent without delay. */
  readonly #most: number;
  #route: AcknowledgementRoute | null = null;
  #waiting: string | null = null;
  #gathered = 0;
  #last: string | null = null;
  #cancel: (() => void) | null = null;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: { readonly window: number }, deps: AcknowledgerDeps) {
    this.#most = Math.max(1, Math.floor(options.window / 4));
    this.#deps = deps;
  }

  /** From now on they go this way; null: there is none, and they wait. */
  use(route: AcknowledgementRoute | null): void {
    this.#route = route;
    this.#waiting ??= this.#last;
    if (route !== null) void this.flush();
  }

  /** @param isOwn handed out by this subscription, and so above those before it */
  acknowledge(cursor: string, isOwn: boolean): void {
    if (!isOwn) return this.#sendForeign(cursor);
    this.#waiting = cursor;
    this.#gathered += 1;
    if (this.#gathered >= this.#most) void this.flush();
    else if (this.#route !== null) this.#cancel ??= this.#deps.after(this.#route.delayMs, () => void this.flush());
  }

  /** Resolves when what waits was sent, or could not be. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const cursor = this.#waiting;
    if (this.#route !== null && cursor !== null) {
      this.#waiting = null;
      this.#gathered = 0;
      this.#last = cursor;
      this.#enqueue(cursor);
    }
    return this.#sending;
  }

  stop(): void {
    this.#cancel?.();
    this.#route = null;
  }

  /** Whether it is above what waits cannot be told from a cursor, so both are sent. */
  #sendForeign(cursor: string): void {
    void this.flush();
    if (this.#route === null) this.#waiting ??= cursor;
    else this.#enqueue(cursor);
  }

  #enqueue(cursor: string): void {
    const send = async (): Promise<void> => this.#route?.send(cursor);
    this.#sending = this.#sending.then(send).catch((error: unknown) => {
      // Where the route is gone, the last acknowledgement is sent over the next one.
      if (error instanceof RefusedError) this.#deps.onRefused(error);
    });
  }
}
