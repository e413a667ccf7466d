import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StreamParser } from './stream-messages.ts';

const stream = [
  'retry: 2000\nid: c0\n\n',
  ': a sign of life\n\n',
  'id: c1\nevent: transaction.included\ndata: {"seq":1}\n\n',
  'id:c2\r\nevent:transaction.executed\r\ndata:{"a":\r\ndata:1}\r\n\r\n',
  'data: ü\r\r',
  'id: bad\0\ndata: same id\n\n',
  'event: nothing\n\n',
].join('');

const messages = [
  { id: 'c0', event: '', data: null },
  { id: 'c1', event: 'transaction.included', data: '{"seq":1}' },
  { id: 'c2', event: 'transaction.executed', data: '{"a":\n1}' },
  { id: 'c2', event: '', data: 'ü' },
  { id: 'c2', event: '', data: 'same id' },
];

it('gives each message once it is whole, wherever the pieces are cut', () => {
  expect(new StreamParser().push(stream)).toEqual(messages);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length })), (cuts) => {
      const parser = new StreamParser();
      const places = [0, ...cuts.sort((one, other) => one - other), stream.length];
      const pieces = places.slice(1).map((end, index) => stream.slice(places[index], end));
      expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(messages);
    }),
  );
});
