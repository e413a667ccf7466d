import { emptyQuerySchema, tokenRequestSchema } from '@txtrail/protocol';
import { subscriberTokenSchema } from '@txtrail/protocol/answers';
import type { Operation } from './operation.ts';

export const makeToken: Operation = {
  id: 'makeToken',
  method: 'POST',
  path: '/v1/tokens',
  topic: 'tokens',
  summary: 'Make a token for one subscriber, which a browser uses instead of the key',
  description:
    'It reads the events of its subscriber on every channel and acknowledges them, registers and reads its transactions, and ' +
    'reads the chains. Nothing is kept of it, so it cannot be taken back before it ends, and an Idempotency-Key has no effect.',
  access: 'tenant',
  isWrite: false,
  query: emptyQuerySchema,
  body: tokenRequestSchema,
  answers: [{ status: 201, when: 'The token.', schema: subscriberTokenSchema }],
  problems: [],
};
