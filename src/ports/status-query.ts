import type { TransactionStatus } from '@txtrail/protocol';
import type { BlockHeader, BlockRef } from '../core/chain/block.ts';
import type { CountedBlock, ReorgNote } from '../core/chain/reorg-notes.ts';
import type { TransactionFacts } from '../core/records/event-record.ts';
import type { RegistrationOutcome } from '../core/partition/registration-input.ts';
import type { Awaitable } from '../lib/awaitable.ts';

/** What the status stage answers about what it holds, and to those who wait for their registration. */
export interface StatusQuery {
  /** Resolves with the outcome of the registration record of this `requestId`, which its partition decides; call it before writing the record. */
  outcomeOf(requestId: string, partition: number): PendingOutcome;
  /** Resolves when anything was said about the transaction, or its broadcast was judged, after this call. */
  nextWordOn(id: string): PendingWord;
  find(tenant: string, id: string): Awaitable<TransactionFacts | null>;
  /** One answer an id, in the order asked. */
  findAll(tenant: string, ids: readonly string[]): Awaitable<readonly (TransactionFacts | null)[]>;
  list(tenant: string, query: StatusListQuery): Awaitable<StatusList>;
  chain(chain: string): ChainFacts;
}

export interface StatusList {
  readonly facts: readonly TransactionFacts[];
  readonly next: number | null;
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
