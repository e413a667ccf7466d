import type { Clock } from '../../ports/clock.ts';
import type { RateCount, RateCounter } from '../../ports/rate-counter.ts';
import { ExpiringMap } from './expiring-map.ts';

export class MemoryRateCounter implements RateCounter {
  readonly #totals: ExpiringMap<number>;

  constructor(deps: { readonly clock: Clock }) {
    this.#totals = new ExpiringMap(deps.clock);
  }

  async add(tenant: string, name: string, amount: number, windowMs: number): Promise<RateCount | null> {
    const key = JSON.stringify([tenant, name]);
    const counted = this.#totals.get(key);
    const total = (counted ?? 0) + amount;
    this.#totals.set(key, total, counted === null ? windowMs : this.#totals.timeLeftMs(key));
    return { total, endsInMs: this.#totals.timeLeftMs(key) };
  }
}
