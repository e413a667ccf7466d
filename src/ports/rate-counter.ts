export interface RateCount {
  /** What was counted in the window, this call's amount included. */
  readonly total: number;
  /** Milliseconds until the window ends and counting begins at 0. */
  readonly endsInMs: number;
}

/**
 * Counts what a tenant does on all nodes together, in windows that begin with the first count. A
 * window may be forgotten. `test/conformance/rate-counter.ts` holds every adapter to it. Never throws.
 */
export interface RateCounter {
  /** null: nothing could be counted, and the caller decides by itself. */
  add(tenant: string, name: string, amount: number, windowMs: number): Promise<RateCount | null>;
}
