import { build } from 'hdr-histogram-js';

/** Of several windows or runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Milliseconds, but for the count. */
export interface Latency {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export function spread(values: readonly number[], digits = 0): Spread {
  const sorted = values.map((value) => rounded(value, digits)).sort((left, right) => left - right);
  return { median: median(sorted), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** The middle one, or the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

export function rounded(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** @param microseconds what was measured, one entry a measurement */
export function latencyOf(microseconds: Iterable<number>): Latency {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  let total = 0;
  for (const value of microseconds) {
    histogram.recordValue(Math.max(1, Math.round(value)));
    total += value;
  }
  const count = histogram.totalCount;
  const at = (percentile: number): number => rounded(histogram.getValueAtPercentile(percentile) / 1_000, 2);
  const mean = count === 0 ? Number.NaN : rounded(total / count / 1_000, 2);
  return { count, mean, p50: at(50), p99: at(99), p999: at(99.9), max: rounded(histogram.maxValue / 1_000, 2) };
}

/** How often something happened in each of `count` windows; times and lengths in milliseconds. */
export function ratesIn(
  timesMs: Iterable<number>,
  startMs: number,
  windowMs: number,
  count: number,
): readonly number[] {
  const counts = new Array<number>(count).fill(0);
  for (const timeMs of timesMs) {
    const window = Math.floor((timeMs - startMs) / windowMs);
    if (window >= 0 && window < count) counts[window] = (counts[window] ?? 0) + 1;
  }
  return counts.map((happened) => (happened * 1_000) / windowMs);
}
