import type { TransactionStatus } from '@txtrail/protocol';
import type { BlockHeader, BlockRef } from '../core/chain/block.ts';
import type { TransactionFacts } from '../core/records/event-record.ts';
import type { RegistrationOutcome } from '../core/partition/registration-input.ts';

/** What the status stage answers about what it holds, and to those who wait for their registration. */
export interface StatusQuery {
  /** Resolves with the outcome of the registration record of this `requestId`; call it before writing the record. */
  outcomeOf(requestId: string): PendingOutcome;
  /** Resolves when anything was said about the transaction, or its broadcast was judged, after this call. */
  nextWordOn(id: string): PendingWord;
  find(tenant: string, id: string): TransactionFacts | null;
  list(
    tenant: string,
    query: StatusListQuery,
  ): { readonly facts: readonly TransactionFacts[]; readonly next: number | null };
  chain(chain: string): ChainFacts;
}

export interface PendingOutcome {
  readonly outcome: Promise<RegistrationOutcome>;
  /** The record was not written: nobody waits any more. */
  cancel(): void;
}

export interface PendingWord {
  readonly word: Promise<void>;
  cancel(): void;
}

export interface StatusListQuery {
  readonly chain: string | null;
  readonly hash: string | null;
  readonly subscriber: string | null;
  readonly status: TransactionStatus | null;
  readonly after: number;
  readonly limit: number;
}

export interface ChainFacts {
  readonly head: BlockHeader | null;
  readonly safe: BlockRef | null;
  readonly finalized: BlockRef | null;
  /** Newest first. */
  readonly recentBlocks: readonly CountedBlock[];
  readonly recentReorgs: readonly ReorgNote[];
}

export interface CountedBlock extends BlockHeader {
  /** How many it holds. */
  readonly transactions: number;
}

export interface ReorgNote {
  readonly timeMs: number;
  readonly depth: number;
  readonly ancestor: BlockRef;
  readonly beyondFinality: boolean;
  /** The blocks that left, highest first; of a very deep reorg only the highest. */
  readonly orphaned: readonly CountedBlock[];
}
