import type { Clock } from '../../ports/clock.ts';

/** Entries that are gone after their time. What has ended is let go when the map has doubled since it was last cleared of such. */
export class ExpiringMap<Value> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { readonly value: Value; readonly endsAtMs: number }>();
  #clearAtSize = 64;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): Value | null {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.endsAtMs <= this.#clock.monotonic() ? null : entry.value;
  }

  /** Milliseconds until the entry ends; 0 where there is none. */
  timeLeftMs(key: string): number {
    return Math.max(0, (this.#entries.get(key)?.endsAtMs ?? 0) - this.#clock.monotonic());
  }

  set(key: string, value: Value, ttlMs: number): void {
    this.#entries.set(key, { value, endsAtMs: this.#clock.monotonic() + ttlMs });
    if (this.#entries.size >= this.#clearAtSize) this.#clear();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #clear(): void {
    for (const key of [...this.#entries.keys()]) if (this.get(key) === null) this.#entries.delete(key);
    this.#clearAtSize = Math.max(64, this.#entries.size * 2);
  }
}
