import type { BlockReference, Transaction } from '@txtrail/protocol';

/** How far the chain has come, as far as the page has heard. */
export interface ChainProgress {
  readonly head: number | null;
  readonly safe: BlockReference | null;
  readonly finalized: BlockReference | null;
}

export interface ConfirmationCount {
  /** 0: in no block. */
  readonly count: number;
  /** null: the chain's own word decides, not a count. */
  readonly required: number | null;
  /** 0 to 1. */
  readonly share: number;
  /** `3 / 12` on the way, `13` once there, `final`, or what is waited for. */
  readonly text: string;
}

/**
 * Confirmations by the head that the page knows: they tick with the blocks, for which no event is
 * sent. The server's own count is the least that is shown, so a chain that is told later than its
 * events never turns the count back.
 */
export function confirmationCount(transaction: Transaction, progress: ChainProgress): ConfirmationCount {
  const required = typeof transaction.requiredConfirmations === 'number' ? transaction.requiredConfirmations : null;
  if (transaction.status === 'finalized')
    return { count: transaction.confirmations, required, share: 1, text: 'final' };
  const isPlaced = transaction.status === 'included' || transaction.status === 'confirmed';
  if (!isPlaced || transaction.blockNumber === null) return { count: 0, required, share: 0, text: '–' };
  const byHead = progress.head === null ? 0 : progress.head - transaction.blockNumber + 1;
  const count = Math.max(1, transaction.confirmations, byHead);
  if (required !== null) {
    const text = count < required ? `${count} / ${required}` : String(count);
    return { count, required, share: Math.min(1, count / required), text };
  }
  const share = transaction.status === 'confirmed' ? 1 : 0.5;
  return { count, required, share, text: `${count}, until ${transaction.requiredConfirmations}` };
}
