import {
  chainField,
  consumerField,
  cursorField,
  filterTypesField,
  subscriberField,
  transactionIdField,
} from './fields.ts';
import { trackRequestSchema } from './transaction-schemas.ts';

export const frameIdField = {
  title: "The client's own name for what it asks, which comes back in what is said about it",
  examples: ['s1'],
  type: 'string',
  minLength: 1,
  maxLength: 128,
  description: 'a text of 1 to 128 characters',
} as const;

/** The most events of a subscription that may be unacknowledged at a time, and what holds where none is asked. */
export const windowLimits = { default: 256, most: 4096 } as const;

/** What a client may send on the WebSocket, by the frame's `type`. */
export const frameSchemas = {
  auth: {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'token'],
    properties: {
      type: { const: 'auth' },
      token: { type: 'string', minLength: 1, maxLength: 4096, description: 'a key or a token' },
    },
  },
  subscribe: {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'id'],
    properties: {
      type: { const: 'subscribe' },
      id: frameIdField,
      subscriber: subscriberField,
      consumer: consumerField,
      from: {
        ...cursorField,
        title: 'Where to begin',
        default: 'ack',
        description: '"ack", "latest", "earliest" or a cursor',
      },
      types: filterTypesField,
      transaction: transactionIdField,
      chain: chainField,
      window: {
        title: 'The most events that may stand unacknowledged; 0: none is acknowledged, each comes at most once',
        type: 'integer',
        default: windowLimits.default,
        minimum: 0,
        maximum: windowLimits.most,
        description: 'a whole number from 0 to 4,096',
      },
    },
  },
  ack: {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'id', 'cursor'],
    properties: { type: { const: 'ack' }, id: frameIdField, cursor: cursorField },
  },
  track: {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'id', 'transaction'],
    properties: {
      type: { const: 'track' },
      id: frameIdField,
      transaction: { type: 'object', description: 'an object', checkedLater: trackRequestSchema },
    },
  },
  unsubscribe: {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'id'],
    properties: { type: { const: 'unsubscribe' }, id: frameIdField },
  },
  ping: {
    type: 'object',
    additionalProperties: false,
    required: ['type'],
    properties: { type: { const: 'ping' } },
  },
} as const;
