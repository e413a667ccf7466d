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

/** Figures by name, labels aside: the last value of a gauge, the sum of a counter. Times are not kept. */
export class SimulatedMetrics implements Metrics {
  readonly values = new Map<string, number>();
  /** The last value of a gauge for one chain, by both names with a space between. */
  readonly ofChains = new Map<string, number>();

  counter({ name }: MetricOptions): ReturnType<Metrics['counter']> {
    return { add: (amount = 1) => void this.values.set(name, (this.values.get(name) ?? 0) + amount) };
  }

  gauge({ name }: MetricOptions): ReturnType<Metrics['gauge']> {
    return {
      set: (value, { chain } = {}) => {
        this.values.set(name, value);
        if (chain !== undefined) this.ofChains.set(`${name} ${chain}`, value);
      },
    };
  }

  histogram(): ReturnType<Metrics['histogram']> {
    return { observe: () => undefined };
  }

  async text(): Promise<string> {
    return [...this.values].map(([name, value]) => `${name} ${value}\n`).join('');
  }
}
