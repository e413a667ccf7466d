import {
  chainField,
  consumerField,
  cursorField,
  filterTypesField,
  hashField,
  limitField,
  statusField,
  subscriberField,
  tokenField,
  transactionIdField,
} from './fields.ts';

/** The query of a call that takes none. */
export const emptyQuerySchema = { type: 'object', additionalProperties: false, properties: {} } as const;

/** Any list. */
export const listQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: { limit: limitField, cursor: cursorField },
} as const;

/** `GET /v1/transactions`. */
export const transactionsQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    chain: chainField,
    hash: hashField,
    subscriber: subscriberField,
    status: statusField,
    limit: limitField,
    cursor: cursorField,
  },
} as const;

/** Where a reader without a cursor begins. */
const fromField = {
  title:
    'Where to begin without a cursor: at the oldest event kept, with the next one, or after what the consumer acknowledged',
  type: 'string',
  enum: ['earliest', 'latest', 'ack'],
  default: 'earliest',
  description: '"earliest", "latest" or "ack"',
} as const;

/** `GET /v1/events`. */
export const eventsQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    subscriber: subscriberField,
    consumer: consumerField,
    cursor: cursorField,
    from: fromField,
    wait: {
      type: 'integer',
      minimum: 0,
      maximum: 30,
      default: 0,
      description: 'a whole number of seconds from 0 to 30',
    },
    limit: limitField,
    types: filterTypesField,
    transaction: transactionIdField,
    chain: chainField,
  },
} as const;

/** `GET /v1/events/stream`. */
export const streamQuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    subscriber: subscriberField,
    consumer: consumerField,
    cursor: cursorField,
    from: fromField,
    types: filterTypesField,
    transaction: transactionIdField,
    chain: chainField,
    token: tokenField,
  },
} as const;
