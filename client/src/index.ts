export type {
  BlockReference,
  Chain,
  ChainDetail,
  ChangeRequest,
  ErrorCode,
  EventType,
  Execution,
  FieldError,
  Finality,
  Problem,
  ProviderStatus,
  RecentBlock,
  RecentReorg,
  RefreshedTransaction,
  ReorgData,
  ReplacementData,
  ReplacementReason,
  RequiredConfirmations,
  SubscriberToken,
  TokenRequest,
  TrackRequest,
  Transaction,
  TransactionStatus,
  TxTrailEvent,
} from '@txtrail/protocol';
export type {
  AcknowledgeRequest,
  BatchResult,
  CallOptions,
  Calls,
  EventsPage,
  EventsQuery,
  HistoryEntry,
  Page,
  PageOptions,
  TransactionsQuery,
} from './calls.ts';
export { createClient } from './client.ts';
export type { ClientTestOptions, TxTrailClient } from './client.ts';
export type { ClientOptions, ConnectionLimits, TransportName } from './client-options.ts';
export type { ClientDeps, WebSocketConstructor, WebSocketLike } from './deps.ts';
export {
  CursorTooOldError,
  OptionsError,
  RefusedError,
  TransactionFailedError,
  TransactionReplacedError,
  TxTrailClientError,
  UnreachableError,
  WaitError,
  WaitTimeoutError,
} from './errors.ts';
export type { ErrorFacts } from './errors.ts';
export { isTransactionEvent } from './events.ts';
export type {
  ChainData,
  ClientEvent,
  CorrectionData,
  DroppedEvidence,
  KnownEvent,
  SenderNonceData,
  StuckData,
  TransactionEvent,
  UnknownEvent,
} from './events.ts';
export type { RetryLimits } from './retry.ts';
export type {
  ReceivedEvent,
  ResetChoice,
  StateChange,
  SubscribeOptions,
  Subscription,
  SubscriptionReset,
  SubscriptionState,
} from './subscription.ts';
export type { Replacement, Reorg, WaitOptions } from './wait-for-transaction.ts';
