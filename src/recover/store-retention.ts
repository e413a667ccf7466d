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

/** A piece of each; true where there is more to do. What cannot be let go holds up none of the others. */
async function sweep(options: StoreRetentionOptions, deps: StoreRetentionDeps): Promise<boolean> {
  const nowMs = deps.clock.now();
  const faults: unknown[] = [];
  const tried = async (work: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await work();
    } catch (error) {
      faults.push(error);
      return false;
    }
  };
  const hasMoreEvents = await tried(() => retainEvents(options, deps, nowMs));
  const hasMoreAnswers = await tried(() => deps.dropOldAnswers());
  const hasMoreHistory = await tried(() => deps.mailbox.retainHistory(nowMs, options.historyAgeMs));
  if (faults.length > 0) throw faults.find((fault) => !(fault instanceof TxTrailError)) ?? faults[0];
  return hasMoreEvents || hasMoreAnswers || hasMoreHistory;
}

async function retainEvents(
  { minAgeMs, maxAgeMs }: StoreRetentionOptions,
  { mailbox, logger, expired }: StoreRetentionDeps,
  nowMs: number,
): Promise<boolean> {
  const retained = await mailbox.retain(nowMs - minAgeMs, nowMs - maxAgeMs);
  for (const one of retained.expired) {
    expired.add(one.throughSeq - one.fromSeq + 1);
    logger.warn('events left unacknowledged at the end of their retention', { ...one });
  }
  return retained.more;
}
