import { errorCodes } from '../problem.ts';
import type { ServerFrame } from '../websocket.ts';
import { eventSchemas } from './event-schemas.ts';
import { frameIdField } from './frame-schemas.ts';
import type { JsonSchema, PropertiesOf } from './json-schema.ts';
import { transactionSchema } from './transaction-answer-schema.ts';

type ServerFrameType = ServerFrame['type'];
type FrameOf<Type extends ServerFrameType> = Extract<ServerFrame, { readonly type: Type }>;

const cursorOf = (title: string) => ({ title, type: 'string', minLength: 1 }) as const;

const idField = { ...frameIdField, title: 'The `id` of the frame that asked' } as const;

/** What the server says on the WebSocket, by the frame's `type`. */
export const serverFrameSchemas: Readonly<Record<ServerFrameType, JsonSchema>> = {
  subscribed: frame('subscribed', {
    id: idField,
    cursor: cursorOf('Where it begins'),
    recovered: { title: 'Whether that is exactly where it was asked to', type: 'boolean' },
  }),
  event: frame('event', {
    id: idField,
    cursor: cursorOf('Where the event stands: acknowledge this'),
    event: { title: 'The event', oneOf: Object.values(eventSchemas) },
  }),
  tracked: frame('tracked', { id: idField, transaction: transactionSchema }),
  unsubscribed: frame('unsubscribed', { id: idField }),
  pong: frame('pong', {}),
  reset: frame('reset', {
    id: idField,
    reason: { title: 'Why the subscription could not begin or go on', type: 'string', examples: ['cursor_too_old'] },
    oldestCursor: cursorOf('Before the oldest event that is kept: subscribe from here'),
  }),
  reconnect: frame('reconnect', {
    afterMs: { title: 'When to come back, in milliseconds from now', type: 'integer', minimum: 0 },
  }),
  error: frame('error', {
    id: { ...idField, type: ['string', 'null'], description: 'null where the frame had none' },
    code: {
      title: 'What went wrong',
      description: 'Values may be added.',
      type: 'string',
      enum: Object.keys(errorCodes),
    },
    message: { title: 'What happened, and what to do', type: 'string' },
  }),
};

function frame<Type extends ServerFrameType>(
  type: Type,
  properties: Omit<PropertiesOf<FrameOf<Type>>, 'type'>,
): JsonSchema {
  const members: Readonly<Record<string, JsonSchema>> = { type: { const: type }, ...properties };
  return { type: 'object', required: Object.keys(members), properties: members };
}
