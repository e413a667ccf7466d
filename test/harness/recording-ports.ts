import type { Clock } from '../../src/ports/clock.ts';
import type { LogFacts, Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';

/** A clock that stands still until it is set. */
export interface ManualClock extends Clock {
  nowMs: number;
}

export function manualClock(nowMs = 1_700_000_000_000): ManualClock {
  return {
    nowMs,
    now() {
      return this.nowMs;
    },
    monotonic() {
      return this.nowMs;
    },
  };
}

/** A logger that keeps what it was told. */
export interface RecordingLogger extends Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly facts: LogFacts }[];
}

export function recordingLogger(): RecordingLogger {
  const lines: RecordingLogger['lines'] = [];
  const write =
    (level: string) =>
    (message: string, facts: LogFacts = {}): void => {
      lines.push({ level, message, facts });
    };
  const logger: RecordingLogger = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

/** Figures that keep their last value (gauges), sum (counters) or number of observations (histograms), labels aside. */
export interface RecordingMetrics extends Metrics {
  readonly values: Map<string, number>;
}

export function recordingMetrics(): RecordingMetrics {
  const values = new Map<string, number>();
  const increase = (name: string, amount: number): void => {
    values.set(name, (values.get(name) ?? 0) + amount);
  };
  return {
    values,
    counter: ({ name }) => ({ add: (amount = 1) => increase(name, amount) }),
    gauge: ({ name }) => ({ set: (value) => void values.set(name, value) }),
    histogram: ({ name }) => ({ observe: () => increase(name, 1) }),
  };
}
