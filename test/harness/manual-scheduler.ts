import type { Scheduler, Timer } from '../../src/ports/clock.ts';
import type { ManualClock } from './recording-ports.ts';

/** Timers that fire when the test lets time pass; the wall clock may go its own way meanwhile. */
export class ManualScheduler implements Scheduler {
  readonly #timers = new Set<{ readonly atMs: number; readonly task: () => void }>();
  #nowMs = 0;

  /** How long the next timer still runs; null: none does. */
  get nextDelayMs(): number | null {
    const [first] = this.#inOrder();
    return first === undefined ? null : first.atMs - this.#nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
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

  /** Lets this much time pass on the timers, and on the clock where one is given. */
  async pass(durationMs: number, clock?: ManualClock): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    for (let [timer] = this.#inOrder(); timer !== undefined && timer.atMs <= endMs; [timer] = this.#inOrder()) {
      if (clock !== undefined) clock.nowMs += timer.atMs - this.#nowMs;
      this.#nowMs = timer.atMs;
      this.#timers.delete(timer);
      timer.task();
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
    if (clock !== undefined) clock.nowMs += endMs - this.#nowMs;
    this.#nowMs = endMs;
  }

  #inOrder(): { readonly atMs: number; readonly task: () => void }[] {
    return [...this.#timers].sort((left, right) => left.atMs - right.atMs);
  }
}
