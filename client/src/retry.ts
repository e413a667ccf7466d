import type { ClientDeps } from './deps.ts';

export interface RetryLimits {
  /** The first delay is drawn from 0 to this, each later one from 0 to twice as much. */
  readonly baseMs: number;
  /** No delay is drawn from a longer range. */
  readonly capMs: number;
  /** A connection that lived so long begins again with the shortest delays. */
  readonly stableMs: number;
}

export const defaultRetryLimits: RetryLimits = { baseMs: 500, capMs: 30_000, stableMs: 10_000 };

/** Full jitter: evenly between 0 and the exponential bound, so that many who lost one server do not come back together. */
export function jitteredDelay(failures: number, limits: RetryLimits, random: () => number): number {
  return Math.round(random() * Math.min(limits.capMs, limits.baseMs * 2 ** failures));
}

/** Counts failures in a row and says when the next attempt may be made. */
export class Retry {
  readonly #limits: RetryLimits;
  readonly #deps: ClientDeps;
  #failures = 0;
  #liveSince: number | null = null;
  #notBefore = 0;

  constructor(limits: RetryLimits, deps: ClientDeps) {
    this.#limits = limits;
    this.#deps = deps;
  }

  /** The present connection works. */
  live(): void {
    this.#liveSince ??= this.#deps.now();
  }

  /**
   * The present connection is no more.
   * @param leastMs what the server asked to wait
   * @returns whether it had worked
   */
  failed(leastMs = 0): boolean {
    const { now, random } = this.#deps;
    const liveSince = this.#liveSince;
    this.#liveSince = null;
    if (liveSince !== null && now() - liveSince >= this.#limits.stableMs) this.#failures = 0;
    this.#notBefore = now() + Math.max(leastMs, jitteredDelay(this.#failures, this.#limits, random));
    this.#failures += 1;
    return liveSince !== null;
  }

  /** Milliseconds until the next attempt may be made. */
  remainingMs(): number {
    return Math.max(0, this.#notBefore - this.#deps.now());
  }
}
