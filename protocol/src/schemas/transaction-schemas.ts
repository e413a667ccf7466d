import {
  addressField,
  chainField,
  confirmationsField,
  hashField,
  metadataField,
  nonceField,
  privateField,
  rawField,
  registeredTypesField,
  subscriberField,
  thresholdsField,
  timeField,
} from './fields.ts';

/** `POST /v1/transactions`, an entry of a batch, and `transaction` of the `track` frame. */
export const trackRequestSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['chain'],
  properties: {
    chain: chainField,
    hash: hashField,
    raw: rawField,
    subscriber: subscriberField,
    confirmations: confirmationsField,
    thresholds: thresholdsField,
    types: registeredTypesField,
    from: addressField,
    nonce: nonceField,
    private: privateField,
    expiresAt: { ...timeField, title: 'When to give up on it, unless it is in a block by then' },
    metadata: metadataField,
  },
  allOf: [
    {
      description: 'given with exactly one of "hash" and "raw"',
      oneOf: [{ required: ['hash'] }, { required: ['raw'] }],
    },
  ],
} as const;

/** The most entries of one batch. */
export const batchLimit = 1000;

/**
 * `POST /v1/transactions/batch`; the entries are checked one by one, so that a bad one spoils only
 * itself. `checkedLater` is a keyword of this project: the schema that the route checks the value against.
 */
export const batchRequestSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['transactions'],
  properties: {
    transactions: {
      type: 'array',
      title: 'The transactions to track',
      maxItems: batchLimit,
      items: { checkedLater: trackRequestSchema },
      description: 'an array of at most 1,000 transactions',
    },
  },
} as const;

/** `PATCH /v1/transactions/{id}`; null as `expiresAt` takes the end away. */
export const changeRequestSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  properties: {
    confirmations: confirmationsField,
    thresholds: thresholdsField,
    types: registeredTypesField,
    expiresAt: {
      title: 'When to give up on it; null takes the end away',
      oneOf: [timeField, { type: 'null' }],
      description: `${timeField.description}, or null`,
    },
    metadata: metadataField,
  },
} as const;
