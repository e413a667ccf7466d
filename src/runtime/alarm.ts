import type { Clock, Scheduler, Timer } from '../ports/clock.ts';
import type { LogWriter } from '../ports/log-writer.ts';

/** A wake-up is never closer than this, so that a clock that lags behind cannot make it spin. */
const minDelayMs = 5;
/** Nor further than this: timers of the platform overflow at 2^31 − 1 ms. */
const maxDelayMs = 3_600_000;
/** A timer that is later than this was overtaken by the wall clock: it jumped, or the machine slept. */
const overdueMs = 1_000;

export interface AlarmDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly writer: LogWriter;
  /** The next moment the core waits for; null: none. */
  readonly nextDueMs: () => number | null;
}

/**
 * Tells the core that time has passed, when it waits for a moment: by writing it into the journal,
 * so that a replay passes the same moments.
 */
export class Alarm {
  readonly #deps: AlarmDeps;
  #timer: Timer | null = null;
  #dueMs: number | null = null;
  #isRinging = false;
  #stopped = false;

  constructor(deps: AlarmDeps) {
    this.#deps = deps;
  }

  /** To be called whenever the core's state may have changed. */
  set(): void {
    const dueMs = this.#deps.nextDueMs();
    if (this.#stopped || this.#isRinging || dueMs === null) return;
    const nowMs = this.#deps.clock.now();
    if (this.#dueMs !== null && this.#dueMs <= dueMs) {
      if (nowMs - this.#dueMs > overdueMs) this.#ring();
      return;
    }
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    const delayMs = Math.min(maxDelayMs, Math.max(minDelayMs, dueMs - nowMs));
    this.#timer = this.#deps.scheduler.after(delayMs, () => this.#ring());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #ring(): void {
    const { writer } = this.#deps;
    this.#timer?.cancel();
    this.#isRinging = true;
    writer.write([{ stream: 'journal/0', payload: '{"kind":"tick"}' }]).then(
      () => {
        this.#isRinging = false;
        this.#dueMs = null;
        this.set();
      },
      // The log has failed: the process ends, and a restart sets the alarm anew.
      () => this.stop(),
    );
  }
}
