import { eventTypes } from '../event.ts';
import { transactionStatuses } from '../status.ts';

/**
 * The single fields that requests are made of, as JSON Schema. A `description` completes the words
 * "must be …": validation messages and the generated API description are made of the same text.
 */

export const chainField = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description: 'a preset name or CAIP-2 id of a configured chain',
} as const;

export const hashField = {
  type: 'string',
  pattern: '^0x[0-9a-fA-F]{64}$',
  description: '0x and 64 hexadecimal digits',
} as const;

export const rawField = {
  type: 'string',
  pattern: '^0x([0-9a-fA-F]{2})+$',
  description: '0x and the bytes of a signed transaction in hexadecimal digits',
} as const;

export const addressField = {
  type: 'string',
  pattern: '^0x[0-9a-fA-F]{40}$',
  description: '0x and 40 hexadecimal digits',
} as const;

/** Control characters and halves of surrogate pairs would not survive logs, URLs and UTF-8. */
export const subscriberField = {
  type: 'string',
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\p{Cc}\\p{Cs}]*$',
  description: 'a text of 1 to 128 characters without control characters',
} as const;

export const consumerField = { ...subscriberField } as const;

export const confirmationsField = {
  oneOf: [
    { type: 'integer', minimum: 1, maximum: 1_000_000 },
    { type: 'string', enum: ['safe', 'finalized'] },
  ],
  description: 'a whole number from 1 to 1,000,000, "safe" or "finalized"',
} as const;

export const thresholdsField = {
  type: 'array',
  maxItems: 32,
  uniqueItems: true,
  items: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    description: 'a whole number from 1 to 1,000,000',
  },
  description: 'an array of at most 32 different counts of confirmations',
} as const;

const eventTypeField = {
  type: 'string',
  enum: eventTypes,
  description: 'one of the event types',
} as const;

/** What a registration asks for; an empty list asks for nothing. */
export const registeredTypesField = {
  type: 'array',
  maxItems: 64,
  items: eventTypeField,
  description: 'an array of event types',
} as const;

/** What a reader narrows to; an empty list would never match. */
export const filterTypesField = {
  ...registeredTypesField,
  minItems: 1,
  description: 'an array of one or more event types',
} as const;

export const nonceField = {
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'a whole number from 0',
} as const;

export const privateField = { type: 'boolean', description: 'true or false' } as const;

export const timeField = {
  type: 'string',
  format: 'date-time',
  description: 'an ISO 8601 time with its offset, such as 2030-01-31T12:00:00Z',
} as const;

/** Any JSON; `maxSerializedBytes` is a keyword of this project: UTF-8 bytes without spaces. */
export const metadataField = {
  maxSerializedBytes: 2048,
  description: 'JSON of at most 2,048 bytes',
} as const;

export const statusField = {
  type: 'string',
  enum: transactionStatuses,
  description: 'one of the statuses',
} as const;

export const transactionIdField = {
  type: 'string',
  pattern: '^tx_[0-9a-zA-Z]{1,64}$',
  description: 'the id of a tracked transaction (tx_…)',
} as const;

export const cursorField = {
  type: 'string',
  minLength: 1,
  maxLength: 256,
  description: 'a cursor',
} as const;

export const limitField = {
  type: 'integer',
  minimum: 1,
  maximum: 500,
  default: 100,
  description: 'a whole number from 1 to 500',
} as const;
