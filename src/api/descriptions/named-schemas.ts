import {
  acknowledgeRequestSchema,
  batchRequestSchema,
  changeRequestSchema,
  tokenRequestSchema,
  trackRequestSchema,
} from '@txtrail/protocol';
import {
  batchAnswerSchema,
  chainDetailSchema,
  chainPageSchema,
  chainSchema,
  eventsAnswerSchema,
  eventSchema,
  historyEntrySchema,
  historyPageSchema,
  problemSchema,
  refreshedTransactionSchema,
  subscriberTokenSchema,
  transactionPageSchema,
  transactionSchema,
} from '@txtrail/protocol/answers';
import type { JsonSchema } from '@txtrail/protocol/answers';

/** What people who generate code from the description want as a type with a name. */
export const namedSchemas: Readonly<Record<string, JsonSchema>> = {
  TrackRequest: trackRequestSchema,
  BatchRequest: batchRequestSchema,
  ChangeRequest: changeRequestSchema,
  AcknowledgeRequest: acknowledgeRequestSchema,
  Transaction: transactionSchema,
  RefreshedTransaction: refreshedTransactionSchema,
  TransactionPage: transactionPageSchema,
  BatchAnswer: batchAnswerSchema,
  Event: eventSchema,
  EventsAnswer: eventsAnswerSchema,
  HistoryEntry: historyEntrySchema,
  HistoryPage: historyPageSchema,
  Chain: chainSchema,
  ChainDetail: chainDetailSchema,
  ChainPage: chainPageSchema,
  TokenRequest: tokenRequestSchema,
  SubscriberToken: subscriberTokenSchema,
  Problem: problemSchema,
};
