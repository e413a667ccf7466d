import type {
  Execution,
  FailureData,
  Finality,
  ReorgData,
  ReplacementData,
  RequiredConfirmations,
  TransactionStatus,
} from '@txtrail/protocol';
import type { Origin } from './origin.ts';

/**
 * A fact owed to one subscriber, as stored. Its bytes are made by `renderEvent` for its `render`
 * version and the number its lane gave it; a version, once shipped, is rendered the same for ever.
 */
export interface EventRecord {
  readonly render: 1;
  readonly origin: Origin;
  readonly id: string;
  readonly tenant: string;
  readonly subscriber: string;
  readonly type: string;
  /** The time of the journal record that it follows from, Unix milliseconds. */
  readonly timeMs: number;
  readonly transactionId: string;
  readonly revision: number;
  readonly transaction: TransactionFacts;
  readonly previousStatus: TransactionStatus | null;
  readonly confirmations: number;
  readonly late: boolean;
  readonly reorg?: ReorgData;
  readonly replacement?: ReplacementData;
  readonly failure?: FailureData;
  readonly expiry?: { readonly reason: string };
  readonly evidence: Evidence;
}

/** Why a verdict was reached: kept beside the event and shown in the history, not part of its bytes. */
export interface Evidence {
  /** The rule that decided, as numbered in `docs/internals/status-machine.md`. */
  readonly rule: string;
  readonly providers: readonly string[];
  readonly block: { readonly number: number; readonly hash: string } | null;
}

/** A tracked transaction at one moment; times in Unix milliseconds. Rendered to the contract's `Transaction`. */
export interface TransactionFacts {
  readonly id: string;
  readonly chain: string;
  readonly hash: string;
  readonly subscriber: string;
  readonly status: TransactionStatus;
  readonly execution: Execution | null;
  readonly finality: Finality;
  readonly isTerminal: boolean;
  readonly confirmations: number;
  readonly requiredConfirmations: RequiredConfirmations;
  readonly thresholds: readonly number[];
  readonly blockNumber: number | null;
  readonly blockHash: string | null;
  readonly transactionIndex: number | null;
  readonly blockTimestampMs: number | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly nonce: number | null;
  readonly gasUsed: string | null;
  readonly effectiveGasPrice: string | null;
  readonly replacedBy: string | null;
  readonly replaces: string | null;
  readonly reason: string | null;
  readonly metadata: unknown;
  readonly createdAtMs: number;
  readonly firstSeenAtMs: number | null;
  readonly includedAtMs: number | null;
  readonly confirmedAtMs: number | null;
  readonly finalizedAtMs: number | null;
  readonly updatedAtMs: number;
}
