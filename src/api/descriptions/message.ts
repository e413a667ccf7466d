import { frameSchemas } from '@txtrail/protocol';
import { eventSchemas, saidEvents, serverFrameSchemas, streamResetSchema } from '@txtrail/protocol/answers';
import type { JsonSchema } from '@txtrail/protocol/answers';

/** What goes over a channel, for the description of sockets and streams. */
export interface Message {
  /** Of the message among all of the document. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly payload: JsonSchema;
  readonly example?: object;
}

type ClientFrameType = keyof typeof frameSchemas;

const id = 's1';
const cursor = 'AQIAAAAAAAAAKa9uC3kWvJm2nQ0rT8xYb1c';

const clientSummaries: Readonly<Record<ClientFrameType, readonly [summary: string, example: object]>> = {
  auth: ['Says who calls, as the first frame, where the handshake had no `Authorization`', { token: 'KEY' }],
  subscribe: ['Asks for events from a place on', { id, subscriber: 'user-4711', from: 'ack', window: 256 }],
  ack: ['Acknowledges everything up to a cursor', { id, cursor }],
  track: [
    'Registers a transaction, as `POST /v1/transactions` does',
    { id: 'r1', transaction: { chain: 'ethereum', hash: `0x${'5c'.repeat(32)}` } },
  ],
  unsubscribe: ['Ends a subscription', { id }],
  ping: ['Asks for a sign of life', {}],
};

const serverSummaries: Readonly<Record<keyof typeof serverFrameSchemas, string>> = {
  subscribed: 'The subscription stands; its events follow',
  event: 'An event of a subscription',
  tracked: 'The transaction is tracked, durably',
  unsubscribed: 'Nothing more comes of the subscription',
  pong: 'The answer to `ping`',
  reset: 'The cursor is too old: events after it are no longer kept, and the subscription ended',
  reconnect: 'The server is about to drain: come back after that time',
  error: 'What was asked is refused; the socket lives on',
};

export const clientMessages: readonly Message[] = Object.entries(clientSummaries).map(([type, [summary, example]]) => ({
  name: nameOf(type, 'Frame'),
  title: type,
  summary,
  payload: frameSchemas[type as ClientFrameType],
  example: { type, ...example },
}));

export const serverMessages: readonly Message[] = Object.entries(serverSummaries).map(([type, summary]) => ({
  name: nameOf(type, 'Frame'),
  title: type,
  summary,
  payload: serverFrameSchemas[type as keyof typeof serverFrameSchemas],
}));

export const eventMessages: readonly Message[] = Object.entries(saidEvents).map(([type, { when }]) => ({
  name: eventName(type),
  title: type,
  summary: when,
  payload: eventSchemas[type as keyof typeof eventSchemas],
}));

export const streamResetMessage: Message = {
  name: 'StreamReset',
  title: 'reset (event stream)',
  summary: 'The cursor is too old: events after it are no longer kept, and what is kept follows',
  payload: streamResetSchema,
  example: { reason: 'cursor_too_old', oldestCursor: cursor },
};

/** The payload of each event type by the name that it has in the document. */
export const namedEventSchemas: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  Object.entries(eventSchemas).map(([type, schema]) => [eventName(type), schema]),
);

/** `transaction.included` → `TransactionIncluded`. */
function eventName(type: string): string {
  return type.split(/[._]/).map(capitalized).join('');
}

function nameOf(type: string, suffix: string): string {
  return `${capitalized(type)}${suffix}`;
}

function capitalized(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
