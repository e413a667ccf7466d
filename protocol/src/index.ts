export type {
  BlockReference,
  Chain,
  ChainDetail,
  ProviderStatus,
  RecentBlock,
  RecentReorg,
} from './chain.ts';
export { defaultEventTypes, eventTypes } from './event.ts';
export type {
  EventType,
  FailureData,
  ReorgData,
  ReplacementData,
  TransactionEventData,
  TxTrailEvent,
} from './event.ts';
export { errorCodes } from './problem.ts';
export type { ErrorCode, FieldError, Problem } from './problem.ts';
export type { Refresh, RefreshedTransaction, RefreshReason } from './refresh.ts';
export type {
  SandboxAccount,
  SandboxGasSpikeRequest,
  SandboxProvider,
  SandboxReorgRequest,
  SandboxSession,
  SandboxStallRequest,
  SandboxState,
} from './sandbox.ts';
export { acknowledgeRequestSchema } from './schemas/acknowledge-schema.ts';
export { chainField, transactionIdField } from './schemas/fields.ts';
export { frameSchemas, windowLimits } from './schemas/frame-schemas.ts';
export {
  emptyQuerySchema,
  eventsQuerySchema,
  listQuerySchema,
  streamQuerySchema,
  transactionsQuerySchema,
} from './schemas/query-schemas.ts';
export { sandboxGasSpikeSchema, sandboxReorgSchema, sandboxStallSchema } from './schemas/sandbox-schemas.ts';
export {
  batchLimit,
  batchRequestSchema,
  changeRequestSchema,
  trackRequestSchema,
} from './schemas/transaction-schemas.ts';
export { tokenRequestSchema, tokenTtlLimits } from './schemas/token-schema.ts';
export { transactionStatuses } from './status.ts';
export type { Execution, Finality, ReplacementReason, RequiredConfirmations, TransactionStatus } from './status.ts';
export type { SubscriberToken, TokenRequest } from './token.ts';
export type { ChangeRequest, TrackRequest, Transaction } from './transaction.ts';
export { closeCodeMeanings, closeCodes, websocketSubprotocol } from './websocket.ts';
export type { ClientFrame, ServerFrame, SubscribeFrame } from './websocket.ts';
