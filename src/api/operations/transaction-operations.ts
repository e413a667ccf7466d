import {
  batchRequestSchema,
  changeRequestSchema,
  emptyQuerySchema,
  listQuerySchema,
  trackRequestSchema,
  transactionIdField,
  transactionsQuerySchema,
} from '@txtrail/protocol';
import {
  batchAnswerSchema,
  historyPageSchema,
  refreshedTransactionSchema,
  transactionPageSchema,
  transactionSchema,
} from '@txtrail/protocol/answers';
import type { Operation, OperationLink } from './operation.ts';

const id = { id: '$response.body#/id' } as const;

const linksOfTransaction: readonly OperationLink[] = [
  { name: 'read', operationId: 'getTransaction', parameters: id },
  { name: 'change', operationId: 'changeTransaction', parameters: id },
  { name: 'history', operationId: 'getTransactionHistory', parameters: id },
  { name: 'forget', operationId: 'untrackTransaction', parameters: id },
];

const pathParameters = { id: transactionIdField } as const;

export const trackTransaction: Operation = {
  id: 'trackTransaction',
  method: 'POST',
  path: '/v1/transactions',
  topic: 'transactions',
  summary: 'Track a transaction by its hash, or broadcast a signed one and track it',
  description:
    'Give exactly one of `hash` and `raw`. It answers once the registration is durable and, for `raw`, after the first ' +
    'outcome of the broadcast or two seconds. What is left out of the body never conflicts with a registration that stands.',
  access: 'subscriber',
  isWrite: true,
  query: emptyQuerySchema,
  body: trackRequestSchema,
  answers: [
    { status: 201, when: 'It is tracked from now on.', schema: transactionSchema, links: linksOfTransaction },
    {
      status: 200,
      when: 'It was tracked already for that subscriber, with the same options.',
      schema: transactionSchema,
      links: linksOfTransaction,
    },
  ],
  problems: ['transaction_conflict', 'invalid_raw_transaction', 'unknown_chain'],
};

export const trackBatch: Operation = {
  id: 'trackBatch',
  method: 'POST',
  path: '/v1/transactions/batch',
  topic: 'transactions',
  summary: 'Track up to 1,000 transactions in one call',
  description:
    'Each entry is checked and answered by itself: a bad one does not spoil the others, and its `error` is the problem ' +
    'that the single call would give. The body may have 8 MiB.',
  access: 'subscriber',
  isWrite: true,
  query: emptyQuerySchema,
  body: batchRequestSchema,
  headers: {
    prefer: { title: '`return=minimal` gives ids instead of transactions (RFC 7240)', type: 'string' },
  },
  answers: [
    {
      status: 200,
      when: 'What became of each entry; all that were accepted are durable.',
      schema: batchAnswerSchema,
      headers: { 'preference-applied': { title: 'The preference that was followed', type: 'string' } },
    },
  ],
  problems: [],
};

export const listTransactions: Operation = {
  id: 'listTransactions',
  method: 'GET',
  path: '/v1/transactions',
  topic: 'transactions',
  summary: 'List tracked transactions',
  access: 'subscriber',
  isWrite: false,
  query: transactionsQuerySchema,
  answers: [
    {
      status: 200,
      when: 'A page of those that match.',
      schema: transactionPageSchema,
      links: [{ name: 'next', operationId: 'listTransactions', parameters: { cursor: '$response.body#/nextCursor' } }],
    },
  ],
  problems: ['unknown_chain', 'invalid_cursor'],
};

export const getTransaction: Operation = {
  id: 'getTransaction',
  method: 'GET',
  path: '/v1/transactions/{id}',
  topic: 'transactions',
  summary: 'Read a tracked transaction',
  access: 'subscriber',
  isWrite: false,
  pathParameters,
  query: emptyQuerySchema,
  answers: [{ status: 200, when: 'The transaction as it stands.', schema: transactionSchema }],
  problems: ['not_found'],
};

export const changeTransaction: Operation = {
  id: 'changeTransaction',
  method: 'PATCH',
  path: '/v1/transactions/{id}',
  topic: 'transactions',
  summary: 'Change what is asked of a tracked transaction',
  description: 'What is left out stays as it is.',
  access: 'tenant',
  isWrite: true,
  pathParameters,
  query: emptyQuerySchema,
  body: changeRequestSchema,
  answers: [{ status: 200, when: 'The transaction as it stands now.', schema: transactionSchema }],
  problems: ['not_found'],
};

export const untrackTransaction: Operation = {
  id: 'untrackTransaction',
  method: 'DELETE',
  path: '/v1/transactions/{id}',
  topic: 'transactions',
  summary: 'Stop tracking a transaction',
  description: 'Registered again, it keeps its id and goes on counting revisions.',
  access: 'tenant',
  isWrite: true,
  pathParameters,
  query: emptyQuerySchema,
  answers: [{ status: 204, when: 'It is no longer tracked.' }],
  problems: ['not_found'],
};

export const refreshTransaction: Operation = {
  id: 'refreshTransaction',
  method: 'POST',
  path: '/v1/transactions/{id}/refresh',
  topic: 'transactions',
  summary: "Ask the chain's providers for a transaction now",
  description:
    'Every provider that can be asked is asked for the transaction and its receipt, also for one that is terminal. What they ' +
    'show goes the usual way and gives the usual events; that none shows it lowers no status. It answers after five seconds ' +
    'at the latest. Two calls at once for one transaction are one question.',
  access: 'subscriber',
  isWrite: true,
  pathParameters,
  query: emptyQuerySchema,
  answers: [{ status: 200, when: 'The transaction as it stands now.', schema: refreshedTransactionSchema }],
  problems: ['not_found', 'too_many_requests'],
};

export const getTransactionHistory: Operation = {
  id: 'getTransactionHistory',
  method: 'GET',
  path: '/v1/transactions/{id}/history',
  topic: 'transactions',
  summary: 'Read the events of a transaction with the evidence of each',
  access: 'subscriber',
  isWrite: false,
  pathParameters,
  query: listQuerySchema,
  answers: [{ status: 200, when: 'Its events, oldest first.', schema: historyPageSchema }],
  problems: ['not_found', 'invalid_cursor'],
};
