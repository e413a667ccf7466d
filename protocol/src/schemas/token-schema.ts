import { subscriberField } from './fields.ts';

/** How long a token lasts, in seconds. */
export const tokenTtlLimits = { default: 3600, most: 3600 } as const;

/** `POST /v1/tokens`. */
export const tokenRequestSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['subscriber'],
  properties: {
    subscriber: subscriberField,
    ttlSeconds: {
      title: 'How long it lasts; an hour where left out',
      examples: [900],
      type: 'integer',
      minimum: 1,
      maximum: tokenTtlLimits.most,
      description: 'a whole number of seconds from 1 to 3,600',
    },
  },
} as const;
