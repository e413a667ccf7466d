import { WebSocket } from 'ws';
import type { TxTrailEvent } from '@txtrail/protocol';
import type { Context } from '../context.ts';
import { apiKey } from '../seed-plan.ts';
import type { LineEnd } from '../world/line.ts';

export interface SocketReaderOptions {
  readonly name: string;
  readonly subscriber: string;
  readonly latencyMs: number;
}

export interface SocketReaderDeps {
  readonly connect: (latencyMs: number) => LineEnd | null;
  readonly context: Context;
}

/** A client as it should be: reads, acknowledges what it has read, and comes back. */
export class SocketReader {
  readonly #options: SocketReaderOptions;
  readonly #deps: SocketReaderDeps;
  #socket: WebSocket | null = null;

  constructor(options: SocketReaderOptions, deps: SocketReaderDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  connect(): void {
    const line = this.#deps.connect(this.#options.latencyMs);
    if (line === null) return this.#again();
    const socket = new WebSocket('ws://txtrail.sim/v1/ws', 'txtrail.v1', {
      createConnection: () => line as never,
      headers: { authorization: `Bearer ${apiKey}` },
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on('open', () => {
      const { subscriber, name } = this.#options;
      socket.send(JSON.stringify({ type: 'subscribe', id: 's', subscriber, consumer: name, from: 'ack' }));
    });
    socket.on('message', (data) => this.#take(socket, String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#again();
    });
  }

  drop(): void {
    this.#socket?.terminate();
  }

  #again(): void {
    this.#deps.context.time.after(1_000, () => {
      if (this.#socket === null) this.connect();
    });
  }

  #take(socket: WebSocket, text: string): void {
    const frame = JSON.parse(text) as { readonly type: string; readonly cursor: string; readonly event: TxTrailEvent };
    if (frame.type !== 'event') return;
    const at = text.indexOf('"event":{');
    const { time, trace } = this.#deps.context;
    trace.add(
      time.nowMs,
      'event',
      `${this.#options.name} ${this.#options.subscriber}`,
      text.slice(at + '"event":'.length, -1),
    );
    if (socket.readyState === WebSocket.OPEN)
      socket.send(JSON.stringify({ type: 'ack', id: 's', cursor: frame.cursor }));
  }
}
