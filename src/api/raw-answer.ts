import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer.ts';

/** Answers on a bare socket, where there is no HTTP response object (yet or any more), and ends it. */
export function sendRawAnswer(socket: Duplex, answer: Answer): void {
  const lines = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Error'}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(answer.body)}`,
    'x-content-type-options: nosniff',
    ...Object.entries(answer.headers ?? {}).flatMap(([name, value]) =>
      name === 'connection' ? [] : [`${name}: ${value}`],
    ),
    'connection: close',
  ];
  // What the other side does to a refused connection concerns nobody.
  socket.on('error', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${answer.body}`);
}
