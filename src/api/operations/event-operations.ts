import { acknowledgeRequestSchema, emptyQuerySchema, eventsQuerySchema, streamQuerySchema } from '@txtrail/protocol';
import { eventsAnswerSchema, streamMessageSchema } from '@txtrail/protocol/answers';
import type { Operation } from './operation.ts';

export const readEvents: Operation = {
  id: 'readEvents',
  method: 'GET',
  path: '/v1/events',
  topic: 'events',
  summary: 'Read the next events, waiting for one where there is none (long poll)',
  description:
    'Without `subscriber` the events of the whole tenant, ordered per subscriber. Go on with `nextCursor`; without a ' +
    '`cursor` it begins where `from` says. A filter only narrows what is read: the cursor moves on all the same.',
  access: 'subscriber',
  isWrite: false,
  query: eventsQuerySchema,
  answers: [
    {
      status: 200,
      when: 'The next events; none where the wait ended without one.',
      schema: eventsAnswerSchema,
      links: [
        { name: 'next', operationId: 'readEvents', parameters: { cursor: '$response.body#/nextCursor' } },
        { name: 'acknowledge', operationId: 'acknowledgeEvents', body: { cursor: '$response.body#/nextCursor' } },
      ],
    },
  ],
  problems: ['cursor_too_old', 'unknown_chain', 'invalid_cursor'],
};

export const streamEvents: Operation = {
  id: 'streamEvents',
  method: 'GET',
  path: '/v1/events/stream',
  topic: 'events',
  summary: 'Read events as they come (server-sent events)',
  description:
    'Each message has the cursor as `id`, the type as `event` and the event as `data`. It begins at the oldest event that is ' +
    'kept, or where `Last-Event-ID`, `cursor` or `from` say, in this order. A cursor that is too old gives the message ' +
    '`reset` with the oldest cursor, and what is kept follows. An id without data only moves the place. The stream ends ' +
    "after 10 to 15 minutes, at a token's end and at a drain: come back with the last id.",
  access: 'subscriber',
  takesTokenInUrl: true,
  isWrite: false,
  query: streamQuerySchema,
  headers: {
    'last-event-id': { title: 'The last `id` that was received, as EventSource sends it', type: 'string' },
  },
  answers: [
    {
      status: 200,
      when: 'The stream.',
      contentType: 'text/event-stream',
      schema: streamMessageSchema,
    },
  ],
  problems: ['unknown_chain', 'invalid_cursor'],
};

export const acknowledgeEvents: Operation = {
  id: 'acknowledgeEvents',
  method: 'POST',
  path: '/v1/events/ack',
  topic: 'events',
  summary: 'Acknowledge everything up to a cursor, for a consumer',
  description:
    'A cursor from any channel will do. Without `subscriber` the consumer is one of the whole tenant. An acknowledgement ' +
    'is never taken back: an older cursor changes nothing.',
  access: 'subscriber',
  isWrite: true,
  query: emptyQuerySchema,
  body: acknowledgeRequestSchema,
  answers: [{ status: 204, when: 'It is acknowledged, durably.' }],
  problems: ['invalid_cursor', 'ack_beyond_sent'],
};

export const openSocket: Operation = {
  id: 'openSocket',
  method: 'GET',
  path: '/v1/ws',
  topic: 'events',
  summary: 'Open a WebSocket',
  description:
    'The handshake of RFC 6455 with the subprotocol `txtrail.v1`. `/asyncapi.json` describes what is said on it. A browser, which ' +
    'cannot send a header, leaves it out and sends its token as the first frame. Without the handshake it is 400.',
  access: 'subscriber',
  isWrite: false,
  query: null,
  answers: [{ status: 101, when: 'The socket is open.' }],
  problems: [],
};
