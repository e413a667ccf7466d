import { chainSchema } from './chain-schemas.ts';
import { eventSchema, historyEntrySchema } from './event-schemas.ts';
import type { JsonSchema } from './json-schema.ts';
import { problemSchema } from './problem-schema.ts';
import { transactionSchema } from './transaction-answer-schema.ts';

export const transactionPageSchema = pageOf('A page of tracked transactions', transactionSchema);
export const chainPageSchema = pageOf('A page of chains', chainSchema);
export const historyPageSchema = pageOf("A page of a transaction's history", historyEntrySchema);

/** `GET /v1/events`. */
export const eventsAnswerSchema = {
  title: 'The next events',
  type: 'object',
  required: ['events', 'cursors', 'nextCursor', 'hasMore'],
  properties: {
    events: { title: 'Oldest first', type: 'array', items: eventSchema },
    cursors: { title: 'One an event: the place behind it', type: 'array', items: { type: 'string' } },
    nextCursor: { title: 'Where to go on, also where nothing came', type: 'string' },
    hasMore: { title: 'Whether there is more to read right now', type: 'boolean' },
  },
} as const;

/** A message of `GET /v1/events/stream`, by the names of the HTML standard. */
export const streamMessageSchema = {
  title: 'A message of the stream',
  type: 'object',
  required: ['id', 'event', 'data'],
  properties: {
    id: { title: 'The cursor behind it', type: 'string' },
    event: { title: "The event's type, or `reset`", type: 'string' },
    data: { title: 'The event as JSON; of `reset`, why and from where on', type: 'string' },
  },
} as const;

/** The `data` of the stream's message `reset`. */
export const streamResetSchema = {
  title: 'The cursor is too old',
  type: 'object',
  required: ['reason', 'oldestCursor'],
  properties: {
    reason: { title: 'Why it could not go on where it was asked to', type: 'string', examples: ['cursor_too_old'] },
    oldestCursor: { title: 'Before the oldest event that is kept; what is kept follows', type: 'string' },
  },
} as const;

/** `POST /v1/transactions/batch`: one entry for each of the request's, in its order. */
export const batchAnswerSchema = {
  title: 'What became of each entry',
  type: 'object',
  required: ['results'],
  properties: {
    results: {
      title: 'One for each entry of the request, in its order',
      type: 'array',
      items: {
        title: 'The transaction (or, with `Prefer: return=minimal`, its id), or the problem',
        type: 'object',
        properties: {
          transaction: transactionSchema,
          id: { title: 'Id of the tracked transaction', type: 'string' },
          error: problemSchema,
        },
        oneOf: [{ required: ['transaction'] }, { required: ['id'] }, { required: ['error'] }],
      },
    },
  },
} as const;

/** Every list that goes on by cursor. */
function pageOf<Entry extends JsonSchema>(title: string, entry: Entry) {
  return {
    title,
    type: 'object',
    required: ['data', 'nextCursor'],
    properties: {
      data: { title: 'The entries', type: 'array', items: entry },
      nextCursor: { title: 'Where to go on; null at the end', type: ['string', 'null'] },
    },
  } as const;
}
