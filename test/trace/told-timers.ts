import type { Scheduler, Timer } from '../../src/ports/clock.ts';

/** Timers that all ring when the test says so, whatever they were set to. */
export class ToldTimers implements Scheduler {
  readonly #tasks = new Set<{ readonly task: () => void }>();

  after(_delayMs: number, task: () => void): Timer {
    const entry = { task };
    this.#tasks.add(entry);
    return { cancel: () => void this.#tasks.delete(entry) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.after(delayMs, resolve);
      signal?.addEventListener('abort', () => {
        timer.cancel();
        reject(signal.reason);
      });
    });
  }

  /** Those that are set now; what they set in turn waits for the next time. */
  ring(): void {
    const entries = [...this.#tasks];
    this.#tasks.clear();
    for (const { task } of entries) task();
  }
}
