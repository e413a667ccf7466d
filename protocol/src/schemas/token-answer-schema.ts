import type { SubscriberToken } from '../token.ts';
import { shownTimeField } from './answer-fields.ts';
import { subscriberField } from './fields.ts';
import type { PropertiesOf } from './json-schema.ts';

const tokenProperties = {
  token: { title: 'The token; it begins txs_', type: 'string', pattern: '^txs_[A-Za-z0-9_.-]+$' },
  subscriber: { ...subscriberField, title: 'Whose it is' },
  expiresAt: { ...shownTimeField, title: 'When it ends' },
} as const satisfies PropertiesOf<SubscriberToken>;

/** The answer of `POST /v1/tokens`. */
export const subscriberTokenSchema = {
  title: 'A token of one subscriber',
  type: 'object',
  required: Object.keys(tokenProperties),
  properties: tokenProperties,
} as const;
