/**
 * The axes on which a tracked transaction is described. Clients treat a value they do not know as
 * "not terminal" and go on, so values may be added here and none is ever renamed.
 */

export const transactionStatuses = [
  'unknown',
  'pending',
  'included',
  'confirmed',
  'finalized',
  'replaced',
  'dropped',
  'expired',
  'failed',
] as const;

export type TransactionStatus = (typeof transactionStatuses)[number];

/** What the chain made of an included transaction; null before inclusion. */
export type Execution = 'success' | 'reverted';

/** How far the chain itself has settled the inclusion block. */
export type Finality = 'none' | 'safe' | 'finalized';

/** `repriced`: same recipient, value and data. `cancelled`: to the sender itself, value 0. `replaced`: anything else. */
export type ReplacementReason = 'repriced' | 'cancelled' | 'replaced';

/** A count of confirmations ≥ 1 (the inclusion block is the first), or the chain's own word. */
export type RequiredConfirmations = number | 'safe' | 'finalized';
