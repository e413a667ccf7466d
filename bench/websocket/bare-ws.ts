/**
 * The peer of the deliveries: `ws` that sends texts of the same length to as many connections, all of
 * one turn of the event loop in one write, and sends on as it is acknowledged. It reads nothing, keeps
 * nothing and nothing is durable.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface BareWsRequest {
  readonly eventsPerConnection: number;
  /** Of a whole frame's text. */
  readonly frameBytes: number;
  /** The most that stand unacknowledged. */
  readonly window: number;
}

export interface BareWsReply {
  readonly kind: 'listening';
  readonly port: number;
}

function serve(request: BareWsRequest): void {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => 'txtrail.v1' });
  const frameOf = frameMaker(request.frameBytes);
  sockets.on('connection', (socket, { socket: stream }) => {
    const reader = new Reader(request, socket, stream, frameOf);
    socket.on('message', (data) => reader.take(String(data)));
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ kind: 'listening', port } satisfies BareWsReply);
  });
}

class Reader {
  readonly #request: BareWsRequest;
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #frameOf: (seq: number) => string;
  #sent = 0;

  constructor(request: BareWsRequest, socket: WebSocket, stream: Socket, frameOf: (seq: number) => string) {
    this.#request = request;
    this.#socket = socket;
    this.#stream = stream;
    this.#frameOf = frameOf;
  }

  take(text: string): void {
    const frame = JSON.parse(text) as { readonly type: string; readonly cursor?: string };
    if (frame.type === 'subscribe') this.#socket.send('{"type":"subscribed","id":"s1","cursor":"0","recovered":true}');
    const upTo = Math.min(this.#request.eventsPerConnection, Number(frame.cursor ?? 0) + this.#request.window);
    if (this.#sent === upTo) return;
    this.#stream.cork();
    while (this.#sent < upTo) {
      this.#sent += 1;
      this.#socket.send(this.#frameOf(this.#sent));
    }
    process.nextTick(() => this.#stream.uncork());
  }
}

function frameMaker(bytes: number): (seq: number) => string {
  const make = (seq: number, filler: string): string =>
    `{"type":"event","id":"s1","cursor":"${seq}","event":{"type":"transaction.included","seq":${seq},"filler":"${filler}"}}`;
  const filler = 'x'.repeat(Math.max(0, bytes - make(10, '').length));
  return (seq) => make(seq, filler);
}

process.on('message', serve);
process.on('disconnect', () => process.exit(0));
