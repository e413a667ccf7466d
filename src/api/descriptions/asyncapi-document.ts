import { closeCodeMeanings, closeCodes, trackRequestSchema, websocketSubprotocol } from '@txtrail/protocol';
import { transactionSchema } from '@txtrail/protocol/answers';
import type { JsonSchema } from '@txtrail/protocol/answers';
import { openSocket, streamEvents } from '../operations/event-operations.ts';
import { clientMessages, eventMessages, namedEventSchemas, serverMessages, streamResetMessage } from './message.ts';
import type { Message } from './message.ts';
import { contractVersion } from './openapi-document.ts';
import type { Document } from './openapi-document.ts';
import { createSchemaWriter } from './schema-writer.ts';
import type { SchemaWriter } from './schema-writer.ts';

const namedSchemas: Readonly<Record<string, JsonSchema>> = {
  Transaction: transactionSchema,
  TrackRequest: trackRequestSchema,
  ...namedEventSchemas,
};

/** The AsyncAPI 3 description of what is said on sockets and streams. `send` and `receive` are TxTrail's own. */
export function createAsyncApiDocument(): Document {
  const schemas = createSchemaWriter({ named: namedSchemas, otherwise: 'nothing' });
  const messages = [...clientMessages, ...serverMessages, ...eventMessages, streamResetMessage];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'TxTrail',
      version: contractVersion,
      description:
        'Events of tracked transactions over a WebSocket, with acknowledgement and resumption, and as server-sent events. Events are at once CloudEvents 1.0 ' +
        'and Standard Webhooks payloads; the same fact always has the same `id`, `seq` and bytes. Go on past what you do not know.',
      license: { name: 'Apache License 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      websocket: server('ws', 'The WebSocket', ['key', 'token']),
      http: server('http', 'The event stream', ['key', 'token', 'tokenInUrl']),
    },
    channels: { socket: socketChannel(), stream: streamChannel() },
    operations: { ...socketOperations(), sendStreamedEvents: streamOperation(schemas) },
    components: {
      schemas: schemas.components(),
      messages: Object.fromEntries(messages.map((message) => [message.name, messageOf(message, schemas)])),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: "A tenant's key" },
        token: { type: 'http', scheme: 'bearer', description: "A subscriber's token, as POST /v1/tokens makes it" },
        tokenInUrl: { type: 'httpApiKey', in: 'query', name: 'token', description: 'The same, on the event stream' },
      },
    },
  };
}

function server(protocol: string, description: string, schemes: readonly string[]): Document {
  return {
    host: '{host}',
    protocol,
    description,
    variables: { host: { default: 'localhost:8080', description: 'Where this description was read' } },
    security: schemes.map((scheme) => ({ $ref: `#/components/securitySchemes/${scheme}` })),
  };
}

function socketChannel(): Document {
  const closing = Object.entries(closeCodeMeanings).map(
    ([name, meaning]) => `- ${closeCodes[name as keyof typeof closeCodeMeanings]}: ${meaning}`,
  );
  return {
    address: openSocket.path,
    title: 'WebSocket',
    servers: [{ $ref: '#/servers/websocket' }],
    description: [
      `JSON text frames under the subprotocol \`${websocketSubprotocol}\`. The key, or a token, comes as \`Authorization: Bearer KEY\` or in an \`auth\` frame within 10 s.`,
      'At most `window` events of a subscription stand unacknowledged; what is not acknowledged comes again after a reconnect `from` "ack". ' +
        'The server pings every 25 s.',
      `Close codes from 4000 to 4499 mean that a client should come back, those from 4500 on that it should not:\n\n${closing.join('\n')}`,
      'A frame over 64 kB closes with 1009, a fault of ours with 1011.',
    ].join('\n\n'),
    messages: referencesTo([...clientMessages, ...serverMessages], '#/components/messages'),
    bindings: {
      ws: {
        method: 'GET',
        headers: {
          type: 'object',
          properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: websocketSubprotocol } },
        },
        bindingVersion: '0.1.0',
      },
    },
  };
}

const streamMessages: readonly Message[] = [...eventMessages, streamResetMessage];

function streamChannel(): Document {
  return {
    address: streamEvents.path,
    title: 'Event stream',
    servers: [{ $ref: '#/servers/http' }],
    description: `A \`text/event-stream\`. ${streamEvents.description}`,
    messages: referencesTo(streamMessages, '#/components/messages'),
  };
}

function streamOperation(schemas: SchemaWriter): Document {
  return {
    action: 'send',
    channel: { $ref: '#/channels/stream' },
    summary: streamEvents.summary,
    messages: streamMessages.map(({ name }) => ({ $ref: `#/channels/stream/messages/${name}` })),
    bindings: {
      http: { method: 'GET', query: schemas.write(streamEvents.query ?? {}), bindingVersion: '0.3.0' },
    },
  };
}

/** A client's frame is received, and answered with one of some of the server's. */
function socketOperations(): Document {
  const answers: Readonly<Record<string, readonly string[]>> = {
    auth: [],
    subscribe: ['subscribed', 'reset', 'error'],
    ack: ['error'],
    track: ['tracked', 'error'],
    unsubscribe: ['unsubscribed', 'error'],
    ping: ['pong'],
  };
  const received = clientMessages.map((message) => {
    const replies = serverMessages.filter(({ title }) => answers[message.title]?.includes(title));
    const operation = {
      action: 'receive',
      channel: { $ref: '#/channels/socket' },
      summary: message.summary,
      messages: [{ $ref: `#/channels/socket/messages/${message.name}` }],
      ...(replies.length === 0
        ? {}
        : { reply: { channel: { $ref: '#/channels/socket' }, messages: onSocket(replies) } }),
    };
    return [`receive${message.name}`, operation];
  });
  const pushed = serverMessages.filter(({ title }) => ['event', 'reset', 'reconnect'].includes(title));
  const sent = pushed.map((message) => [
    `send${message.name}`,
    { action: 'send', channel: { $ref: '#/channels/socket' }, summary: message.summary, messages: onSocket([message]) },
  ]);
  return Object.fromEntries([...received, ...sent]);
}

function onSocket(messages: readonly Message[]): readonly Document[] {
  return messages.map(({ name }) => ({ $ref: `#/channels/socket/messages/${name}` }));
}

function referencesTo(messages: readonly Message[], place: string): Document {
  return Object.fromEntries(messages.map(({ name }) => [name, { $ref: `${place}/${name}` }]));
}

function messageOf({ name, title, summary, payload, example }: Message, schemas: SchemaWriter): Document {
  return {
    name,
    title,
    summary,
    contentType: 'application/json',
    payload: schemas.write(payload),
    ...(example === undefined ? {} : { examples: [{ payload: example }] }),
  };
}
