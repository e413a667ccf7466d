import { MinHeap } from '../../../src/lib/min-heap.ts';
import type { Clock, Scheduler, Timer } from '../../../src/ports/clock.ts';

/** Many times what any run needs. */
const stepsMax = 500_000;

interface Due {
  readonly task: () => void;
  isCancelled: boolean;
}

/** Time moves in steps that a double holds exactly: whoever waits for a moment, however short, sees time move. */
const ticksPerMs = 1_024;

/**
 * The one time of a run. It stands still while something happens, and then moves on to whatever is
 * due next; two things that are due at once come in the order in which they were asked for.
 */
export class SimulatedTime {
  #nowMs = 0;
  #steps = 0;
  /** The moments at which something is due, and what, in the order in which it was asked for. */
  readonly #moments = new MinHeap<number>();
  readonly #due = new Map<number, Due[]>();

  /** Milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Things that happened so far. */
  get steps(): number {
    return this.#steps;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.at(this.#nowMs + Math.max(0, delayMs), task);
  }

  /** At a moment that is not past, or the first that time can be at after it. */
  at(wantedMs: number, task: () => void): Timer {
    const atMs = Math.ceil(wantedMs * ticksPerMs) / ticksPerMs;
    const due: Due = { task, isCancelled: false };
    const others = this.#due.get(atMs);
    if (others === undefined) {
      this.#due.set(atMs, [due]);
      this.#moments.push(atMs, atMs);
    } else others.push(due);
    return {
      cancel: () => {
        due.isCancelled = true;
      },
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  /** Lets everything happen that is due until then, each to its end; calls back after each. */
  async run(untilMs: number, afterStep: () => void): Promise<void> {
    await turnOfTheLoop();
    for (let atMs = this.#moments.peekKey(); atMs !== null && atMs <= untilMs; atMs = this.#moments.peekKey()) {
      this.#nowMs = atMs;
      const due = this.#due.get(atMs) ?? [];
      // What one of them asks for at once is due now too, behind the others.
      for (let index = 0; index < due.length; index += 1) {
        const next = due[index];
        if (next === undefined || next.isCancelled) continue;
        this.#steps += 1;
        if (this.#steps > stepsMax) throw new Error(`more than ${stepsMax} things happened: the run turns in a circle`);
        next.task();
        await turnOfTheLoop();
        afterStep();
      }
      this.#moments.pop();
      this.#due.delete(atMs);
    }
    this.#nowMs = untilMs;
  }
}

/** By then every promise and stream that could move has moved: nothing in a run waits for the machine. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The time as one process sees it, until it ends. */
export class ProcessTime implements Clock, Scheduler {
  readonly #time: SimulatedTime;
  /** Unix milliseconds at the beginning of the run, by the machine's wall clock; may jump. */
  readonly #wall: { readonly offsetMs: number };
  #isOver = false;
  #stalledUntilMs = 0;

  constructor(time: SimulatedTime, wall: { readonly offsetMs: number }) {
    this.#time = time;
    this.#wall = wall;
  }

  now(): number {
    return Math.floor(this.#wall.offsetMs + this.#time.nowMs);
  }

  monotonic(): number {
    return this.#time.nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#time.after(delayMs, () => this.reach(task));
  }

  /** Hands the process something that came for it: not if it is over, and late while it is stalled. */
  reach(task: () => void): void {
    if (this.#isOver) return;
    if (this.#time.nowMs >= this.#stalledUntilMs) return task();
    this.#time.at(this.#stalledUntilMs, () => this.reach(task));
  }

  /** Nothing reaches the process for so long; then all of it comes together. */
  stall(durationMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#time.nowMs + durationMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = (): void => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Nothing that the process had planned happens any more. */
  end(): void {
    this.#isOver = true;
  }
}
