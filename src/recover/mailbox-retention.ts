import { TxTrailError } from '../lib/error.ts';
import { pause } from '../lib/pause.ts';
import type { Clock, Scheduler } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mailbox } from '../ports/mailbox.ts';
import type { Counter } from '../ports/metrics.ts';

/** How often it is looked for what may go; retention is counted in days. */
const sweepEveryMs = 60_000;

export interface MailboxRetentionOptions {
  /** Events younger than this are always kept, milliseconds. */
  readonly minAgeMs: number;
  /** Events older than this are given up even where a known consumer has not acknowledged them. */
  readonly maxAgeMs: number;
}

export interface MailboxRetentionDeps {
  readonly mailbox: Pick<Mailbox, 'retain'>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Events that were given up though a known consumer had not acknowledged them. */
  readonly expired: Counter;
}

/** Stage 5, HEAL: lets go of events as retention allows, until it is told to end. */
export async function retainMailbox(
  options: MailboxRetentionOptions,
  deps: MailboxRetentionDeps,
  end: AbortSignal,
): Promise<void> {
  while (!end.aborted) {
    try {
      if (!(await sweep(options, deps))) await pause(deps.scheduler, sweepEveryMs, end);
    } catch (error) {
      if (!(error instanceof TxTrailError)) throw error;
      deps.logger.warn('events could not be let go; it is tried again', { error });
      await pause(deps.scheduler, sweepEveryMs, end);
    }
  }
}

/** A piece of it; true where there is more to do. */
async function sweep(
  { minAgeMs, maxAgeMs }: MailboxRetentionOptions,
  { mailbox, clock, logger, expired }: MailboxRetentionDeps,
): Promise<boolean> {
  const nowMs = clock.now();
  const retained = await mailbox.retain(nowMs - minAgeMs, nowMs - maxAgeMs);
  for (const one of retained.expired) {
    expired.add(one.throughSeq - one.fromSeq + 1);
    logger.warn('events left unacknowledged at the end of their retention', { ...one });
  }
  return retained.more;
}
