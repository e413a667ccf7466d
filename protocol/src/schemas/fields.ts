import { eventTypes } from '../event.ts';
import { transactionStatuses } from '../status.ts';

/**
 * The single fields that requests are made of, as JSON Schema. A `description` completes the words
 * "must be …": validation messages and the generated API description are made of the same text.
 */

export const chainField = {
  title: 'The chain',
  examples: ['ethereum', 'eip155:1'],
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description: 'a preset name or CAIP-2 id of a configured chain',
} as const;

export const hashField = {
  title: 'Hash of the transaction',
  examples: ['0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060'],
  type: 'string',
  pattern: '^0x[0-9a-fA-F]{64}$',
  description: '0x and 64 hexadecimal digits',
} as const;

export const rawField = {
  title: 'A signed transaction to broadcast and track',
  type: 'string',
  pattern: '^0x([0-9a-fA-F]{2})+$',
  description: '0x and the bytes of a signed transaction in hexadecimal digits',
} as const;

export const addressField = {
  title: 'The sender',
  examples: ['0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'],
  type: 'string',
  pattern: '^0x[0-9a-fA-F]{40}$',
  description: '0x and 40 hexadecimal digits',
} as const;

/**
 * Control characters and halves of surrogate pairs would not survive logs, URLs and UTF-8.
 * `wellFormed` is a keyword of this project: no half of a surrogate pair, which the regular
 * expressions of most languages cannot say.
 */
export const subscriberField = {
  title: 'The subscriber',
  examples: ['user-4711'],
  type: 'string',
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
  wellFormed: true,
  description: 'a text of 1 to 128 characters without control characters',
} as const;

export const consumerField = { ...subscriberField, title: 'The consumer', examples: ['app'] } as const;

export const confirmationsField = {
  title: 'When it counts as confirmed: a count of confirmations, or the finality to wait for',
  examples: [12, 'finalized'],
  oneOf: [
    { type: 'integer', minimum: 1, maximum: 1_000_000 },
    { type: 'string', enum: ['safe', 'finalized'] },
  ],
  description: 'a whole number from 1 to 1,000,000, "safe" or "finalized"',
} as const;

export const thresholdsField = {
  title: 'Counts of confirmations, below the required one, that give an event each',
  examples: [[3]],
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
  title: 'An event type',
  type: 'string',
  enum: eventTypes,
  description: 'one of the event types',
} as const;

/** What a registration asks for; an empty list asks for nothing. */
export const registeredTypesField = {
  title: 'Event types that this registration asks for; left out: those that are on by default',
  examples: [['transaction.confirmed', 'transaction.finalized']],
  type: 'array',
  maxItems: 64,
  items: eventTypeField,
  description: 'an array of event types',
} as const;

/** What a reader narrows to; an empty list would never match. */
export const filterTypesField = {
  ...registeredTypesField,
  title: 'Only events of these types',
  minItems: 1,
  description: 'an array of one or more event types',
} as const;

export const nonceField = {
  title: 'The nonce of the transaction',
  examples: [7],
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'a whole number from 0',
} as const;

export const privateField = {
  title: 'Whether it was sent past the public pools',
  type: 'boolean',
  description: 'true or false',
} as const;

export const timeField = {
  title: 'A time',
  examples: ['2030-01-31T12:00:00Z'],
  type: 'string',
  format: 'date-time',
  description: 'an ISO 8601 time with its offset, such as 2030-01-31T12:00:00Z',
} as const;

/** Any JSON; `maxSerializedBytes` is a keyword of this project: UTF-8 bytes without spaces. */
export const metadataField = {
  title: 'Data of your own, given back with the transaction',
  examples: [{ order: 17 }],
  maxSerializedBytes: 2048,
  description: 'JSON of at most 2,048 bytes',
} as const;

export const statusField = {
  title: 'Only those of this status',
  type: 'string',
  enum: transactionStatuses,
  description: 'one of the statuses',
} as const;

export const transactionIdField = {
  title: 'Which transaction',
  examples: ['tx_8d0f3f2b6c1e4a5d9b7c6e5f4a3b2c1d'],
  type: 'string',
  pattern: '^tx_[0-9a-zA-Z]{1,64}$',
  description: 'the id of a tracked transaction (tx_…)',
} as const;

export const cursorField = {
  title: 'Where to go on, as it was given',
  type: 'string',
  minLength: 1,
  maxLength: 256,
  description: 'a cursor',
} as const;

/** In a URL: a token, never a key. */
export const tokenField = {
  title: 'The token, for who cannot set headers',
  type: 'string',
  minLength: 1,
  maxLength: 4096,
  description: 'a token',
} as const;

export const limitField = {
  title: 'The most entries of one answer',
  type: 'integer',
  minimum: 1,
  maximum: 500,
  default: 100,
  description: 'a whole number from 1 to 500',
} as const;
