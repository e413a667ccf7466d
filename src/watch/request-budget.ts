import type { Clock } from '../ports/clock.ts';

/** The part of a provider's rate that lookups may use; following the chain has the rest. */
export const lookupShare = 0.5;
/** Lookups a second where the configuration gives no rate. */
export const defaultLookupsPerSecond = 200;

/** A token bucket that holds one second's worth. */
export class RequestBudget {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledMs: number;

  constructor(options: { readonly requestsPerSecond: number | null }, deps: { readonly clock: Clock }) {
    const { requestsPerSecond } = options;
    this.#perSecond = Math.max(
      1,
      requestsPerSecond === null ? defaultLookupsPerSecond : requestsPerSecond * lookupShare,
    );
    this.#clock = deps.clock;
    this.#tokens = this.#perSecond;
    this.#filledMs = deps.clock.monotonic();
  }

  /** Takes `count` from the budget, into debt if need be, and gives the milliseconds to wait before using them. */
  take(count: number): number {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((nowMs - this.#filledMs) * this.#perSecond) / 1_000);
    this.#filledMs = nowMs;
    this.#tokens -= count;
    return this.#tokens >= 0 ? 0 : (-this.#tokens * 1_000) / this.#perSecond;
  }
}
