/** A place for figures. Names and labels are listed in `docs/reference/metrics.md`; a test compares. */
export interface Metrics {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
}

export interface MetricOptions {
  readonly name: `txtrail_${string}`;
  readonly help: string;
  readonly labels?: readonly string[];
}

export interface Counter {
  add(amount?: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export type Labels = Readonly<Record<string, string>>;
