import { consumerField, cursorField, subscriberField } from './fields.ts';

/** `POST /v1/events/ack`; without `subscriber` the consumer is one of the whole tenant. */
export const acknowledgeRequestSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['cursor'],
  properties: { subscriber: subscriberField, consumer: consumerField, cursor: cursorField },
} as const;
