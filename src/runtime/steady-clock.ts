import type { Clock } from '../ports/clock.ts';

/**
 * Wall time that never goes back and never stands still: where the machine's clock jumps backward,
 * it goes on by the monotonic clock until the wall has caught up. The journal's time is read from
 * it, so that deadlines written into the journal fall due even then (I21).
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastMonotonic = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    const monotonic = this.#clock.monotonic();
    const elapsed = Math.max(0, monotonic - this.#lastMonotonic);
    this.#lastMs = Math.max(this.#clock.now(), this.#lastMs + elapsed);
    this.#lastMonotonic = monotonic;
    return this.#lastMs;
  }

  /** From here on not before this time: a process that starts after one whose clock was ahead goes on from there. */
  notBefore(timeMs: number): void {
    this.#lastMs = Math.max(this.now(), timeMs);
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }
}
