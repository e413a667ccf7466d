import { TxTrailError } from '../lib/error.ts';
import type { Scheduler, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** Wakes one sleeper. Rung while nobody sleeps, it makes the next wait return at once; many rings are one. */
export class Bell {
  readonly #scheduler: Scheduler;
  #rung = false;
  #wake: (() => void) | null = null;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Returns when rung, or after `timeoutMs` where that is given. */
  async wait(timeoutMs: number | null): Promise<void> {
    if (!this.#rung) {
      let timer: Timer | null = null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (timeoutMs !== null) timer = this.#scheduler.after(timeoutMs, resolve);
      });
      this.#wake = null;
      (timer as Timer | null)?.cancel();
    }
    this.#rung = false;
  }
}

export interface WorkScopeDeps {
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/**
 * The life of everything that runs in one watcher: loops and tasks are started in it, sleep by it,
 * and are awaited when it stops. A task that fails by more than an operating fault has broken an
 * invariant: it ends the scope and settles `failed`.
 */
export class WorkScope {
  /** Settles with the cause when a task broke; never rejects. */
  readonly failed: Promise<Error>;
  readonly #deps: WorkScopeDeps;
  readonly #running = new Set<Promise<void>>();
  readonly #bells = new Set<Bell>();
  #fail: (error: Error) => void = () => undefined;
  #stopped = false;

  constructor(deps: WorkScopeDeps) {
    this.#deps = deps;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** A bell that rings when the scope stops. */
  bell(): Bell {
    const bell = new Bell(this.#deps.scheduler);
    this.#bells.add(bell);
    return bell;
  }

  run(name: string, task: () => Promise<void>): void {
    if (this.#stopped) return;
    const running = task()
      .catch((error: unknown) => this.#onFault(name, error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Returns early when the scope stops, or when the bell is rung that `onSleep` is given. */
  async sleep(delayMs: number, onSleep?: (bell: Bell) => void): Promise<void> {
    if (this.#stopped) return;
    const bell = this.bell();
    onSleep?.(bell);
    await bell.wait(delayMs);
    this.#bells.delete(bell);
  }

  /** Wakes every sleeper; what runs sees `stopped` and ends. */
  end(): void {
    this.#stopped = true;
    for (const bell of this.#bells) bell.ring();
  }

  /** Resolves when nothing runs any more. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running]);
  }

  #onFault(name: string, error: unknown): void {
    if (this.#stopped) return;
    const cause = error instanceof Error ? error : new Error(String(error));
    if (cause instanceof TxTrailError && cause.code.startsWith('provider_')) {
      this.#deps.logger.warn(`${name} failed`, { code: cause.code, reason: cause.message });
      return;
    }
    this.#deps.logger.error(`${name} broke and the watcher stops`, { error: cause });
    this.end();
    this.#fail(cause);
  }
}
