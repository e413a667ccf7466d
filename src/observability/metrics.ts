import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { assert } from '../lib/assert.ts';
import type { MetricOptions, Metrics } from '../ports/metrics.ts';

/** Metrics that can be shown in the Prometheus text format. */
export interface MetricsRegistry extends Metrics {
  text(): Promise<string>;
}

export interface MetricsOptions {
  /** Also the figures of the process itself: memory, CPU, event-loop delay, garbage collection. */
  readonly withProcess: boolean;
}

/** A registry of its own. Asking for a name again gives the figure that stands, so that parts may be made more than once. */
export function createMetrics(options: MetricsOptions): MetricsRegistry {
  const registry = new Registry();
  if (options.withProcess) collectDefaultMetrics({ register: registry });
  const once = <T>(name: string, kind: abstract new (...args: never[]) => T, make: () => T): T => {
    const standing = registry.getSingleMetric(name);
    assert(standing === undefined || standing instanceof kind, `the metric ${name} is of one kind`);
    return (standing as T | undefined) ?? make();
  };
  return {
    counter: (wanted) => {
      const counter = once(wanted.name, Counter, () => new Counter(configurationOf(wanted, registry)));
      return { add: (amount = 1, labels = {}) => counter.inc(labels, amount) };
    },
    gauge: (wanted) => {
      const gauge = once(wanted.name, Gauge, () => new Gauge(configurationOf(wanted, registry)));
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram: (wanted) => {
      const buckets = [...wanted.buckets];
      const histogram = once(
        wanted.name,
        Histogram,
        () => new Histogram({ ...configurationOf(wanted, registry), buckets }),
      );
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    text: () => registry.metrics(),
  };
}

function configurationOf(
  wanted: MetricOptions,
  registry: Registry,
): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
  return { name: wanted.name, help: wanted.help, labelNames: [...(wanted.labels ?? [])], registers: [registry] };
}
