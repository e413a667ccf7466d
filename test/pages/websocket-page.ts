import { closeCodeMeanings, closeCodes, websocketSubprotocol, windowLimits } from '@txtrail/protocol';
import { saidEvents, transactionSchema } from '@txtrail/protocol/answers';
import { trackRequestSchema } from '@txtrail/protocol';
import { clientMessages, serverMessages } from '../../src/api/descriptions/message.ts';
import type { Message } from '../../src/api/descriptions/message.ts';
import { streamEvents } from '../../src/api/operations/event-operations.ts';
import { code, memberRows, table } from './markdown.ts';

/** `docs/reference/websocket.md`, made of the schemas that frames are checked with. */
export function websocketPage(): string {
  const lines = [
    '# WebSocket and event stream',
    '',
    'This page is made of the schemas that frames are checked with. `npx vitest run test/pages -u` writes it anew; without `-u` the test fails where it differs. The same for programs is at `/asyncapi.json` (AsyncAPI 3); calls over HTTP are in [http-api.md](http-api.md).',
    '',
    '## The socket',
    '',
    `\`GET /v1/ws\` with the subprotocol \`${websocketSubprotocol}\`. The key or a token comes as \`Authorization: Bearer KEY\`, or in an \`auth\` frame within 10 s. Frames are JSON objects in text, at most 64 kB each. The server pings every 25 s.`,
    '',
    `A subscription has at most \`window\` events unacknowledged (${windowLimits.default} where nothing is said). \`ack\` is cumulative, durable, and has no answer unless it is refused. What is not acknowledged comes again after a reconnect with \`from\` \`ack\`. A frame with mistakes is answered with \`error\`, and the socket lives on.`,
    '',
    '## What a client sends',
    '',
    ...clientMessages.flatMap(section),
    '## What the server sends',
    '',
    ...serverMessages.flatMap(section),
    '## Close codes',
    '',
    'From 4000 to 4499 come back, with the last acknowledgement or cursor; from 4500 on do not.',
    '',
    ...table(
      ['code', 'meaning'],
      [
        ...Object.entries(closeCodeMeanings).map(([name, meaning]) => [
          String(closeCodes[name as keyof typeof closeCodeMeanings]),
          meaning,
        ]),
        ['1009', 'a frame over 64 kB'],
        ['1011', 'a fault of ours: reconnect'],
      ],
    ),
    '',
    '## The event stream',
    '',
    `\`GET ${streamEvents.path}\`: ${streamEvents.summary.toLowerCase()}. ${streamEvents.description}`,
    '',
    '## Events',
    '',
    'On every channel an event has the same bytes. Its members are those of [Event](http-api.md#event); which are in `data` follows from its type. Other types of the contract are not said by this version.',
    '',
    ...table(
      ['type', 'when', 'in `data` beside the common members'],
      Object.entries(saidEvents).map(([type, said]) => [
        code(type),
        said.when,
        'further' in said ? code(said.further) : '',
      ]),
    ),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const links: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [transactionSchema, '[Transaction](http-api.md#transaction)'],
  [trackRequestSchema, '[TrackRequest](http-api.md#trackrequest)'],
]);

function section({ title, summary, payload, example }: Message): readonly string[] {
  const members = memberRows(payload, links).map((row) =>
    title === 'event' && row[0] === '`event`' ? [row[0], 'object', row[2] ?? '', 'The [event](#events)'] : row,
  );
  return [
    `### ${title}`,
    '',
    `${summary}.`,
    '',
    ...table(['member', 'type', 'always', 'meaning'], members),
    '',
    ...(example === undefined ? [] : ['```json', JSON.stringify(example), '```', '']),
  ];
}
