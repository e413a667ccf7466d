import { TxTrailError } from '../../lib/error.ts';
import { doublingDelayMs } from '../../lib/retry-delay.ts';
import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import { PassingFault } from './fault-codes.ts';

export interface PatienceDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

/** A leader that is gone is followed within seconds; asking sooner than this costs more than it helps. */
const pauses = { baseMs: 20, maxMs: 1_000 };

/** Tries again what fails for now, with growing pauses, until it is through or the time is over. */
export class Patience {
  readonly #timeoutMs: number;
  readonly #deps: PatienceDeps;

  /** `timeoutMs`: of everything that is asked for in one piece. */
  constructor(timeoutMs: number, deps: PatienceDeps) {
    this.#timeoutMs = timeoutMs;
    this.#deps = deps;
  }

  /** When what begins now is given up, in monotonic milliseconds. */
  deadline(): number {
    return this.#deps.clock.monotonic() + this.#timeoutMs;
  }

  isOver(deadlineMs: number): boolean {
    return this.#deps.clock.monotonic() >= deadlineMs;
  }

  /** Between half and all of the delay of this attempt, the first being 1. */
  async pause(attempt: number): Promise<void> {
    const delayMs = doublingDelayMs(attempt, pauses);
    await this.#deps.scheduler.sleep(delayMs / 2 + (delayMs / 2) * this.#deps.random.fraction());
  }

  /** @throws TxTrailError `broker_unavailable` with the last reason, when the time is over; and what is no `PassingFault` */
  async run<Result>(what: string, attempt: () => Promise<Result>): Promise<Result> {
    const deadlineMs = this.deadline();
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof PassingFault)) throw error;
        if (this.isOver(deadlineMs)) throw unavailableError(what, error);
      }
      await this.pause(tries);
    }
  }
}

export function unavailableError(what: string, cause: unknown): TxTrailError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TxTrailError(
    'broker_unavailable',
    `${what} did not come through in time: ${reason}. See that the brokers are up and reachable from here.`,
    { retryable: true, cause, facts: { what } },
  );
}
