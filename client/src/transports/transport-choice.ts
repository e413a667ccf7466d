import type { ConnectionLimits, TransportName } from '../client-options.ts';
import type { ClientDeps } from '../deps.ts';
import type { Lost } from './transport.ts';

/** Failures in a row after which even a transport that did work is given up for the next. */
const patience = 3;

/** Doublings of the time between attempts to come back to a better transport. */
const mostDoublings = 4;

export interface TransportChoiceOptions {
  /** Those that may be used, the best first. */
  readonly transports: readonly TransportName[];
  readonly limits: ConnectionLimits;
}

export interface TransportChoiceDeps extends ClientDeps {
  /** Whether a socket would work now. */
  readonly probeSocket: () => Promise<boolean>;
}

/**
 * Which transport the client's subscriptions use. One that fails before it ever worked is passed over
 * at once (a proxy that lets no socket through), one that did work only after some failures in a row
 * (a server that restarts); after the last comes the first again. While a lesser one is in use, a
 * better one is tried now and then, less and less often.
 */
export class TransportChoice {
  readonly #options: TransportChoiceOptions;
  readonly #deps: TransportChoiceDeps;
  readonly #proven = new Set<TransportName>();
  readonly #moves = new Set<() => void>();
  #index = 0;
  #failures = 0;
  #lastFailed: object | null = null;
  #attempts = 0;
  #cancel: (() => void) | null = null;

  constructor(options: TransportChoiceOptions, deps: TransportChoiceDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get current(): TransportName {
    return this.#options.transports[this.#index]!;
  }

  /** Calls back when subscriptions have to move to another transport; returns the way to stop. */
  onMove(listener: () => void): () => void {
    this.#moves.add(listener);
    return () => {
      this.#moves.delete(listener);
      if (this.#moves.size === 0) this.#stopTrying();
    };
  }

  live(name: TransportName): void {
    this.#proven.add(name);
    if (name !== this.current) return;
    this.#failures = 0;
    if (this.#index === 0) this.#attempts = 0;
    else this.#tryBetterLater();
  }

  failed(name: TransportName, { blamesTransport, connection }: Lost): void {
    if (!blamesTransport || name !== this.current || connection === this.#lastFailed) return;
    this.#lastFailed = connection;
    this.#failures += 1;
    if (this.#failures < (this.#proven.has(name) ? patience : 1)) return;
    this.#go((this.#index + 1) % this.#options.transports.length);
  }

  #go(index: number): void {
    this.#index = index;
    this.#failures = 0;
    this.#stopTrying();
  }

  #tryBetterLater(): void {
    if (this.#cancel !== null) return;
    const { upgradeAfterMs } = this.#options.limits;
    const delayMs = upgradeAfterMs * 2 ** Math.min(this.#attempts, mostDoublings) * (0.5 + this.#deps.random());
    this.#cancel = this.#deps.after(delayMs, () => void this.#tryBetter());
  }

  async #tryBetter(): Promise<void> {
    this.#attempts += 1;
    const from = this.#index;
    const isSocketBetter = this.#options.transports[0] === 'websocket' && (await this.#deps.probeSocket());
    this.#cancel = null;
    if (from !== this.#index || this.#moves.size === 0) return;
    // A stream shows only in use whether it gets through; if not, the next failure leads back here.
    const better = isSocketBetter ? 0 : from - 1;
    if (this.#options.transports[better] === 'websocket' && !isSocketBetter) return this.#tryBetterLater();
    this.#go(better);
    for (const move of [...this.#moves]) move();
  }

  #stopTrying(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
