export interface RetryBounds {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Doubles with each attempt: `baseMs` before the second try (attempt 1), never above `maxMs`. */
export function doublingDelayMs(attempt: number, bounds: RetryBounds): number {
  return Math.min(bounds.maxMs, bounds.baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
}

/** Anywhere between 0 and the doubling delay, from the first retry on: many that failed together do not come back together. */
export function fullJitterDelayMs(attempt: number, bounds: RetryBounds, random: { fraction(): number }): number {
  return random.fraction() * doublingDelayMs(attempt, bounds);
}
