import { pause } from '../../lib/pause.ts';
import type { Scheduler } from '../../ports/clock.ts';

/** How often each service is asked, and after what time it counts as one that does not answer. */
const askEveryMs = 5_000;
const patienceMs = 5_000;

export interface WatchedService {
  readonly name: string;
  /** Something small that it has to answer; rejects with the reason where it does not. */
  readonly ask: () => Promise<unknown>;
}

/**
 * Whether the services that a process stands on answer now: for whoever looks at it while nothing
 * else asks. What the process does about it is the business of those who need the service.
 */
export class ServiceWatch {
  readonly #scheduler: Scheduler;
  readonly #end = new AbortController();
  readonly #faults = new Map<string, string>();

  constructor(services: readonly WatchedService[], deps: { readonly scheduler: Scheduler }) {
    this.#scheduler = deps.scheduler;
    for (const service of services) void this.#watch(service);
  }

  /** A sentence a service that does not answer, in the order in which they fell silent. */
  warnings(): readonly string[] {
    return [...this.#faults.values()];
  }

  stop(): void {
    this.#end.abort();
  }

  /** Never rejects. */
  async #watch({ name, ask }: WatchedService): Promise<void> {
    while (!this.#end.signal.aborted) {
      const late = this.#scheduler.after(patienceMs, () => {
        this.#faults.set(name, `${name} has not answered for ${patienceMs / 1_000} s`);
      });
      try {
        await ask();
        this.#faults.delete(name);
      } catch (error) {
        this.#faults.set(name, `${name} does not answer: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        late.cancel();
      }
      if (!this.#end.signal.aborted) await pause(this.#scheduler, askEveryMs, this.#end.signal);
    }
  }
}
