import type { Gauge } from '../../ports/metrics.ts';

/** One figure that several shards of a process have a share in: it shows their sum. */
export class SharedGauge {
  readonly #gauge: Gauge;
  readonly #shares = new Map<number, number>();

  constructor(gauge: Gauge) {
    this.#gauge = gauge;
  }

  shareOf(shard: number): Gauge {
    return { set: (value) => this.#set(shard, value) };
  }

  /** The shard is another process's now. */
  drop(shard: number): void {
    this.#shares.delete(shard);
    this.#publish();
  }

  #set(shard: number, value: number): void {
    this.#shares.set(shard, value);
    this.#publish();
  }

  #publish(): void {
    let sum = 0;
    for (const share of this.#shares.values()) sum += share;
    this.#gauge.set(sum);
  }
}
