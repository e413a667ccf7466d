import { TxTrailError } from '../lib/error.ts';
import { pause } from '../lib/pause.ts';
import type { Clock, Scheduler } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mailbox } from '../ports/mailbox.ts';
import type { Counter } from '../ports/metrics.ts';

/** How often it is looked for what may go; retention is counted in days. */
const sweepEveryMs = 60_000;

export interface StoreRetentionOptions {
  /** Events younger than this are always kept, milliseconds. */
  readonly minAgeMs: number;
  /** Events older than this are given up even where a known consumer has not acknowledged them. */
  readonly maxAgeMs: number;
  /** What left the mailbox is history, and goes when it is older than this. */
  readonly historyAgeMs: number;
}

export interface StoreRetentionDeps {
  readonly mailbox: Pick<Mailbox, 'retain' | 'retainHistory'>;
  /** Lets go of answers whose day is over, a piece a call; true where there is more to do. */
  readonly dropOldAnswers: () => Promise<boolean>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Events that were given up though a known consumer had not acknowledged them. */
  readonly expired: Counter;
}

/** Stage 5, HEAL: lets go of events, history and answers as retention allows, until it is told to end. */
export async function retainStores(
  options: StoreRetentionOptions,
  deps: StoreRetentionDeps,
  end: AbortSignal,
): Promise<void> {
  while (!end.aborted) {
    try {
      if (!(await sweep(options, deps))) await pause(deps.scheduler, sweepEveryMs, end);
    } catch (error) {
      if (!(error instanceof TxTrailError)) throw error;
      deps.logger.warn('what retention allows could not be let go; it is tried again', { error });
      await pause(deps.scheduler, sweepEveryMs, end);
    }
  }
}

/** A piece of it; true where there is more to do. */
async function sweep(
  { minAgeMs, maxAgeMs, historyAgeMs }: StoreRetentionOptions,
  { mailbox, dropOldAnswers, clock, logger, expired }: StoreRetentionDeps,
): Promise<boolean> {
  const nowMs = clock.now();
  const retained = await mailbox.retain(nowMs - minAgeMs, nowMs - maxAgeMs);
  for (const one of retained.expired) {
    expired.add(one.throughSeq - one.fromSeq + 1);
    logger.warn('events left unacknowledged at the end of their retention', { ...one });
  }
  const hasMoreAnswers = await dropOldAnswers();
  const hasMoreHistory = await mailbox.retainHistory(nowMs, historyAgeMs);
  return retained.more || hasMoreAnswers || hasMoreHistory;
}
