import type { Execution, Transaction } from '@txtrail/protocol';

/** What was said of a transaction since the last `included`. */
export interface InclusionStory {
  readonly blockHash: string | null;
  execution: Execution | null;
  /** What was said last was due at the registration already. */
  late: boolean;
  readonly includedLate: boolean;
  safe: boolean;
  readonly thresholds: number[];
  confirmed: { readonly confirmations: number } | null;
  finalized: { readonly confirmations: number } | null;
}

/** Where a block stands when it is asked what must have been said of it. */
export interface Reached {
  /** Confirmations on the canonical chain. */
  readonly count: number;
  readonly confirmed: boolean;
  readonly safe: boolean;
  readonly finalized: boolean;
}

/**
 * The rungs that are missing among what was said (I03). While `confirmed` came by the count, every
 * threshold stands before it; where finality came sooner, only those up to the count of that moment.
 */
export function ladderProblems(
  said: InclusionStory,
  options: Pick<Transaction, 'requiredConfirmations' | 'thresholds'>,
  reached?: Reached,
): readonly string[] {
  const problems: string[] = [];
  const upTo = countBeforeConfirmed(said, options.requiredConfirmations, reached);
  for (const threshold of options.thresholds) {
    if (threshold > 1 && threshold <= upTo && !said.thresholds.includes(threshold)) {
      problems.push(`I03 the threshold ${threshold} was never said of ${said.blockHash}`);
    }
  }
  if (reached?.confirmed === true && said.confirmed === null)
    problems.push(`I03 confirmed was never said of ${said.blockHash}`);
  if (reached?.finalized === true && said.finalized === null)
    problems.push(`I03 finalized was never said of ${said.blockHash}`);
  return problems;
}

/** The highest count that the tracker is known to have seen before it said `confirmed`. */
function countBeforeConfirmed(
  said: InclusionStory,
  required: Transaction['requiredConfirmations'],
  reached: Reached | undefined,
): number {
  if (said.confirmed === null) return reached?.count ?? 0;
  // By `safe` or `finalized` the event counts what there was at that moment.
  if (typeof required !== 'number') return said.confirmed.confirmations;
  const atFinality = said.finalized?.confirmations ?? required;
  return Math.min(required, atFinality);
}
