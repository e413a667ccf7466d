import type { LogFacts, Logger } from '../../../src/ports/logger.ts';
import type { MetricOptions, Metrics } from '../../../src/ports/metrics.ts';

type Tell = (level: string, message: string, facts: LogFacts) => void;

/** A logger whose lines are part of the run. */
export function simulatedLogger(tell: Tell): Logger {
  const logger: Logger = {
    debug: (message, facts = {}) => tell('debug', message, facts),
    info: (message, facts = {}) => tell('info', message, facts),
    warn: (message, facts = {}) => tell('warn', message, facts),
    error: (message, facts = {}) => tell('error', message, facts),
    child: () => logger,
  };
  return logger;
}

/** Figures by name and labels: the last value of a gauge, the sum of a counter, the number of observations. */
export class SimulatedMetrics implements Metrics {
  readonly values = new Map<string, number>();

  counter({ name }: MetricOptions): ReturnType<Metrics['counter']> {
    return { add: (amount = 1, labels = {}) => this.#add(keyOf(name, labels), amount) };
  }

  gauge({ name }: MetricOptions): ReturnType<Metrics['gauge']> {
    return { set: (value, labels = {}) => void this.values.set(keyOf(name, labels), value) };
  }

  histogram({ name }: MetricOptions): ReturnType<Metrics['histogram']> {
    return { observe: (_value, labels = {}) => this.#add(keyOf(name, labels), 1) };
  }

  async text(): Promise<string> {
    return [...this.values].map(([name, value]) => `${name} ${value}\n`).join('');
  }

  #add(key: string, amount: number): void {
    this.values.set(key, (this.values.get(key) ?? 0) + amount);
  }
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const shown = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return shown.length === 0 ? name : `${name}{${shown.join(',')}}`;
}
