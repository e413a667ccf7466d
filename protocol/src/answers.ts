/**
 * The schemas of what is answered and sent, beside those of requests in the package's main entry: a
 * second entry, so that who only sends requests does not load them.
 */
export { chainDetailSchema, chainSchema } from './schemas/chain-schemas.ts';
export { eventSchema, eventSchemas, historyEntrySchema, saidEvents } from './schemas/event-schemas.ts';
export type { SaidEventType } from './schemas/event-schemas.ts';
export type { JsonSchema } from './schemas/json-schema.ts';
export {
  batchAnswerSchema,
  chainPageSchema,
  eventsAnswerSchema,
  historyPageSchema,
  streamMessageSchema,
  streamResetSchema,
  transactionPageSchema,
} from './schemas/page-schemas.ts';
export { problemSchema } from './schemas/problem-schema.ts';
export { serverFrameSchemas } from './schemas/server-frame-schemas.ts';
export { refreshedTransactionSchema } from './schemas/refresh-schema.ts';
export { subscriberTokenSchema } from './schemas/token-answer-schema.ts';
export { transactionSchema } from './schemas/transaction-answer-schema.ts';
