import type { RequiredConfirmations, Transaction } from '@txtrail/protocol';

/** What a wait is for; undefined: the count that the transaction itself requires. */
export type WaitTarget = RequiredConfirmations | undefined;

/** Whether it is in a block, with a known outcome, and deep enough. A status that is not known here never is. */
export function hasReached(transaction: Transaction, target: WaitTarget): boolean {
  const { status, execution, finality, confirmations, requiredConfirmations } = transaction;
  if (!isIncluded(transaction) || execution === null) return false;
  if (status === 'finalized') return true;
  const isConfirmed = status === 'confirmed';
  if (target === undefined) return isConfirmed;
  // The chain's own word for "final" satisfies any count.
  if (finality === 'finalized' || (isConfirmed && requiredConfirmations === target)) return true;
  if (target === 'safe') return finality === 'safe';
  return target !== 'finalized' && confirmations >= target;
}

/** Whether an event will say that the target is reached; if not, somebody has to look now and then. */
export function isTold({ requiredConfirmations, thresholds }: Transaction, target: WaitTarget): boolean {
  if (target === undefined || target === 1 || target === 'finalized' || target === requiredConfirmations) return true;
  return typeof target === 'number' && thresholds.includes(target);
}

export function isIncluded({ status, blockNumber }: Transaction): boolean {
  return blockNumber !== null && (status === 'included' || status === 'confirmed' || status === 'finalized');
}

/** Nothing more is expected of it, and it is in no block. */
export function isBeyondHope({ status }: Transaction): boolean {
  return status === 'failed' || status === 'expired';
}

export function describeTarget(target: WaitTarget): string {
  if (target === undefined) return 'its required confirmations';
  return typeof target === 'number' ? `${target} confirmations` : target;
}

/** One clause about where it stands. */
export function describeTransaction(transaction: Transaction): string {
  const { chain, hash, status, reason, confirmations, blockNumber, updatedAt } = transaction;
  const where = isIncluded(transaction) ? ` in block ${blockNumber} with ${confirmations} confirmations` : '';
  return `${chain} ${hash} is ${status}${where}${reason === null ? '' : ` (${reason})`} since ${updatedAt}`;
}
