import type { Clock } from '../../ports/clock.ts';
import type { LiveReport } from '../../ports/live-report.ts';
import { ExpiringMap } from './expiring-map.ts';

export class MemoryLiveReport implements LiveReport {
  readonly #reports: ExpiringMap<string>;

  constructor(deps: { readonly clock: Clock }) {
    this.#reports = new ExpiringMap(deps.clock);
  }

  async publish(name: string, text: string, ttlMs: number): Promise<void> {
    this.#reports.set(name, text, ttlMs);
  }

  async read(names: readonly string[]): Promise<readonly (string | null)[]> {
    return names.map((name) => this.#reports.get(name));
  }
}
