import type { Execution, FailureData, ReplacementReason, TransactionStatus } from '@txtrail/protocol';
import type { BlockRef, CallDetails, ChainId, Hash } from '../chain/block.ts';
import type { TrackOptions } from '../records/registration-record.ts';

/**
 * One tracked transaction as its partition holds it. `status` is what was last said; `inclusion`
 * may run ahead of it while the receipt is waited for. Mutable, and touched only by transitions.
 */
export interface Tracked {
  readonly id: string;
  readonly tenant: string;
  readonly subscriber: string;
  readonly chain: ChainId;
  readonly hash: Hash;
  readonly registered: RegistrationMark;
  readonly createdAtMs: number;

  options: TrackOptions;
  /** What a provider or the raw transaction showed; the caller's claim stands only until then. */
  details: CallDetails | null;
  claimed: { readonly from: string | null; readonly nonce: number | null };
  broadcast: Broadcast | null;
  /** Other hashes of the tenant with the same sender and nonce, first registered first. */
  siblings: readonly Hash[];
  lookup: { tries: number; dueBlock: number } | null;

  status: TransactionStatus;
  revision: number;
  inclusion: Inclusion | null;
  rival: Rival | null;
  failure: FailureData | null;

  firstSeenAtMs: number | null;
  includedAtMs: number | null;
  confirmedAtMs: number | null;
  finalizedAtMs: number | null;
  updatedAtMs: number;
}

/** What the chain looked like when it was registered: facts up to here are `late`. −1: nothing seen yet. */
export interface RegistrationMark {
  readonly position: number;
  /** The last block we had applied: a block applied later at or below it came by a reorg, and is news. */
  applied: number;
  /** The highest head announced: while we catch up, blocks up to it are not news. */
  head: number;
  safe: number;
  finalized: number;
}

/** A raw transaction that we send; kept so that it can be sent again. */
export interface Broadcast {
  readonly raw: string;
  tries: number;
  /** When to send again while there is no verdict, Unix milliseconds; null: a verdict was reached. */
  dueMs: number | null;
}

export interface Inclusion {
  readonly block: BlockRef;
  readonly index: number;
  readonly timestampMs: number;
  readonly provider: string;
  /** Found by looking back rather than in a new block. */
  readonly lookedBack: boolean;
  /** `included` is held back until this time for the receipt, Unix milliseconds. */
  readonly waitUntilMs: number;
  /** When the receipt is asked for again. */
  askReceiptAtMs: number;
  receipt: Receipt | null;
  said: SaidAboutInclusion;
}

export interface Receipt {
  readonly execution: Execution | null;
  readonly gasUsed: string;
  readonly effectiveGasPrice: string | null;
  readonly provider: string;
}

/** Which facts about this inclusion were sent: each is sent once an inclusion. */
export interface SaidAboutInclusion {
  included: boolean;
  executed: boolean;
  /** The highest threshold passed. */
  threshold: number;
  confirmed: boolean;
  safe: boolean;
  finalized: boolean;
}

/** Another transaction that used the nonce, in a canonical block. */
export interface Rival {
  readonly hash: Hash;
  readonly reason: ReplacementReason;
  readonly block: BlockRef;
  readonly provider: string;
  readonly lookedBack: boolean;
  final: boolean;
}

export function senderOf(tracked: Tracked): { readonly from: string; readonly nonce: number } | null {
  if (tracked.details !== null) return tracked.details;
  const { from, nonce } = tracked.claimed;
  return from === null || nonce === null ? null : { from, nonce };
}

export function isTerminal(tracked: Tracked): boolean {
  switch (tracked.status) {
    case 'finalized':
    case 'expired':
    case 'failed':
      return true;
    case 'replaced':
      return tracked.rival?.final === true;
    default:
      return false;
  }
}
