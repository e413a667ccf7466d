import type {
  EventType,
  FailureData,
  ReorgData,
  ReplacementData,
  TransactionEventData,
  TxTrailEvent,
} from '@txtrail/protocol';

type Envelope<Type, Data> = Omit<TxTrailEvent, 'type' | 'data'> & { readonly type: Type; readonly data: Data };

type PlainData = Omit<TransactionEventData, 'reorg' | 'replacement' | 'failure' | 'expiry'>;

type TransactionEventOf<Type extends EventType, More = unknown> = Envelope<Type, PlainData & More>;

/** Why a transaction is pending for too long. Values may be added. */
export interface StuckData {
  readonly reason: string;
  readonly since: string;
  readonly missingNonces: readonly number[];
  readonly waitingBehind: string | null;
  readonly feeNeeded: string | null;
}

/** Blocks and providers that a verdict rests on. */
export interface DroppedEvidence {
  readonly providers: readonly unknown[];
  readonly blocks: unknown;
}

export interface CorrectionData {
  /** The event that was withdrawn. */
  readonly eventId: string;
  readonly reason: string;
}

export interface SenderNonceData {
  readonly chain: string;
  readonly sender: string;
  readonly nextNonce: number;
  readonly missing: readonly number[];
  readonly waiting: readonly unknown[];
  readonly waitingCount: number;
}

/** What a `chain.*` event is about, with members by type. */
export interface ChainData {
  readonly chain: string;
  readonly [member: string]: unknown;
}

/** Events about one tracked transaction. */
export type TransactionEvent =
  | TransactionEventOf<
      | 'transaction.pending'
      | 'transaction.included'
      | 'transaction.executed'
      | 'transaction.confirmation'
      | 'transaction.confirmed'
      | 'transaction.safe'
      | 'transaction.finalized'
      | 'transaction.preconfirmed'
    >
  | TransactionEventOf<'transaction.reorged', { readonly reorg: ReorgData }>
  | TransactionEventOf<'transaction.replaced', { readonly replacement: ReplacementData }>
  | TransactionEventOf<'transaction.dropped', { readonly evidence: DroppedEvidence }>
  | TransactionEventOf<'transaction.failed', { readonly failure: FailureData }>
  | TransactionEventOf<'transaction.expired', { readonly expiry: { readonly reason: string } }>
  | TransactionEventOf<'transaction.stuck', { readonly stuck: StuckData }>
  | TransactionEventOf<'transaction.corrected', { readonly correction: CorrectionData }>;

/** Every event of the contract. */
export type KnownEvent =
  | TransactionEvent
  | Envelope<'sender.nonce_gap' | 'sender.nonce_gap_closed', SenderNonceData>
  | Envelope<
      'chain.stalled' | 'chain.recovered' | 'chain.finality_delayed' | 'chain.finality_violated' | 'chain.fee_spike',
      ChainData
    >
  | Envelope<'delivery.dead_lettered', { readonly deadLetter: Readonly<Record<string, unknown>> }>
  | Envelope<'ping', Readonly<Record<string, never>>>;

/**
 * A type that a newer server says and this client does not know: pass it on, or go past it. It may be any
 * text but the known ones. TypeScript cannot say that, so it stands for a pattern that none of those matches,
 * and `switch (event.type)` narrows.
 */
export type UnknownEvent = Envelope<`${string} (unknown)`, unknown>;

/** What a subscription gives: narrow it by `type`. */
export type ClientEvent = KnownEvent | UnknownEvent;

/** Narrows to events that are about one tracked transaction, which is `event.data.transaction`. */
export function isTransactionEvent(event: ClientEvent): event is TransactionEvent {
  return event.type.startsWith('transaction.');
}
