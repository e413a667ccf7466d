import type { Counter, Metrics } from '../../ports/metrics.ts';

/** Counts what was done without Redis because it did not answer. Everything in it can be done without. */
export class RedisFailures {
  readonly #failures: Counter;

  constructor(metrics: Metrics) {
    this.#failures = metrics.counter({
      name: 'txtrail_redis_failures_total',
      help: 'Calls that Redis did not answer in time, by what they were for',
      labels: ['use'],
    });
  }

  /** The work's outcome, or `instead` where it failed. */
  async guard<Value>(use: RedisUse, work: Promise<Value>, instead: Value): Promise<Value> {
    try {
      return await work;
    } catch {
      this.count(use); // The cluster says in the log that it is away, once.
      return instead;
    }
  }

  count(use: RedisUse): void {
    this.#failures.add(1, { use });
  }
}

export type RedisUse = 'status' | 'bell' | 'report' | 'rate' | 'ticket' | 'session';
