import type { Execution, Finality, RequiredConfirmations, TransactionStatus } from './status.ts';

/**
 * A tracked transaction as every channel shows it. Block numbers and nonces are JSON numbers, wei
 * amounts decimal strings, times ISO 8601 in UTC with milliseconds; what is not known is null.
 */
export interface Transaction {
  readonly id: string;
  /** CAIP-2, such as `eip155:1`. */
  readonly chain: string;
  /** The EIP-155 number; null on chains that have none. */
  readonly chainId: number | null;
  /** Lower case, `0x` and 64 digits. */
  readonly hash: string;
  readonly subscriber: string;
  readonly status: TransactionStatus;
  readonly execution: Execution | null;
  readonly finality: Finality;
  readonly isTerminal: boolean;
  /** Head number − inclusion block number + 1 on the canonical chain; 0 while not in a block. */
  readonly confirmations: number;
  readonly requiredConfirmations: RequiredConfirmations;
  readonly thresholds: readonly number[];
  readonly blockNumber: number | null;
  readonly blockHash: string | null;
  readonly transactionIndex: number | null;
  readonly blockTimestamp: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly nonce: number | null;
  readonly gasUsed: string | null;
  /** Wei. */
  readonly effectiveGasPrice: string | null;
  readonly replacedBy: string | null;
  readonly replaces: string | null;
  readonly reason: string | null;
  readonly metadata: unknown;
  readonly createdAt: string;
  readonly firstSeenAt: string | null;
  readonly includedAt: string | null;
  readonly confirmedAt: string | null;
  readonly finalizedAt: string | null;
  readonly updatedAt: string;
}

/** The body of `POST /v1/transactions`, and of the `track` frame: exactly one of `hash` and `raw`. */
export interface TrackRequest {
  readonly chain: string;
  readonly hash?: string | undefined;
  readonly raw?: string | undefined;
  readonly subscriber?: string | undefined;
  readonly confirmations?: RequiredConfirmations | undefined;
  readonly thresholds?: readonly number[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly nonce?: number | undefined;
  readonly private?: boolean | undefined;
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
  readonly metadata?: unknown;
}

/** The body of `PATCH /v1/transactions/{id}`. */
export interface ChangeRequest {
  readonly confirmations?: RequiredConfirmations | undefined;
  readonly thresholds?: readonly number[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly expiresAt?: string | null | undefined;
  readonly metadata?: unknown;
}
