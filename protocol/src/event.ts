import type { ReplacementReason, TransactionStatus } from './status.ts';
import type { Transaction } from './transaction.ts';

/** Every event type of the contract, whether or not this version says it yet. */
export const eventTypes = [
  'transaction.pending',
  'transaction.included',
  'transaction.executed',
  'transaction.confirmation',
  'transaction.confirmed',
  'transaction.safe',
  'transaction.finalized',
  'transaction.reorged',
  'transaction.replaced',
  'transaction.dropped',
  'transaction.failed',
  'transaction.expired',
  'transaction.stuck',
  'transaction.corrected',
  'transaction.preconfirmed',
  'sender.nonce_gap',
  'sender.nonce_gap_closed',
  'chain.stalled',
  'chain.recovered',
  'chain.finality_delayed',
  'chain.finality_violated',
  'chain.fee_spike',
  'delivery.dead_lettered',
  'ping',
] as const;

export type EventType = (typeof eventTypes)[number];

/** What a subscriber gets unless `types` says otherwise. */
export const defaultEventTypes: readonly EventType[] = eventTypes.filter(
  (type) =>
    (type.startsWith('transaction.') || type.startsWith('sender.')) &&
    type !== 'transaction.safe' &&
    type !== 'transaction.preconfirmed',
);

export interface ReorgData {
  readonly fromBlockNumber: number;
  readonly fromBlockHash: string;
  /** Blocks that left the canonical chain. */
  readonly depth: number;
  readonly beyondFinality: boolean;
}

export interface ReplacementData {
  readonly hash: string;
  readonly reason: ReplacementReason;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly final: boolean;
}

export interface FailureData {
  readonly class: string;
  readonly message: string;
  readonly providers: readonly string[];
}

export interface TransactionEventData {
  readonly transaction: Transaction;
  readonly previousStatus: TransactionStatus | null;
  readonly confirmations: number;
  readonly late: boolean;
  readonly reorg?: ReorgData;
  readonly replacement?: ReplacementData;
  readonly failure?: FailureData;
  readonly expiry?: { readonly reason: string };
}

/** At once a CloudEvent 1.0 and a Standard Webhooks payload. */
export interface TxTrailEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: 'txtrail';
  readonly type: string;
  /** `CHAIN/HASH` of a transaction event. */
  readonly subject: string;
  readonly time: string;
  readonly timestamp: string;
  readonly datacontenttype: 'application/json';
  readonly tenant: string;
  readonly subscriber: string;
  /** 1, 2, 3… per subscriber, with no gap. */
  readonly seq: number;
  /** 1, 2, 3… per tracked transaction; null where there is none. */
  readonly revision: number | null;
  readonly data: TransactionEventData;
}
