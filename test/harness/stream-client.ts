import type { TxTrailEvent } from '@txtrail/protocol';
import type { Delivery } from './socket-client.ts';
import { queryString, type Query } from './http-client.ts';

/** One message of an event stream, by the rules of the HTML standard ("Server-sent events"). */
export interface StreamMessage {
  readonly event: string;
  readonly data: string;
  /** The last id seen up to and with this message. */
  readonly id: string;
}

/** Reads `text/event-stream` text piece by piece; a message is given once its blank line has come. */
export class StreamParser {
  lastId = '';
  #rest = '';
  #event = '';
  #data: string[] = [];

  push(text: string): StreamMessage[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): StreamMessage[] {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    if (field === 'data') this.#data.push(value);
    if (field === 'id' && !value.includes('\0')) this.lastId = value;
    return [];
  }

  #dispatch(): StreamMessage[] {
    const [event, data] = [this.#event, this.#data];
    this.#event = '';
    this.#data = [];
    return data.length === 0 ? [] : [{ event: event || 'message', data: data.join('\n'), id: this.lastId }];
  }
}

/**
 * A plain reader of `GET /v1/events/stream`, which comes back with `Last-Event-ID` as a browser's
 * EventSource does. It keeps every message that it ever got.
 */
export class StreamClient {
  readonly deliveries: Delivery[] = [];
  readonly messages: StreamMessage[] = [];
  connections = 0;
  lastId = '';
  readonly #tracker: { readonly url: string; readonly apiKey: string };
  readonly #query: Query;
  #abort: AbortController | null = null;

  constructor(tracker: { readonly url: string; readonly apiKey: string }, query: Query = {}) {
    this.#tracker = tracker;
    this.#query = query;
  }

  get connected(): boolean {
    return this.#abort !== null;
  }

  /** Opens the stream, from the last id on. Resolves with the answer's head; what comes is read behind it. */
  async connect(): Promise<Response> {
    const abort = new AbortController();
    const response = await fetch(`${this.#tracker.url}/v1/events/stream?${queryString(this.#query)}`, {
      headers: {
        authorization: `Bearer ${this.#tracker.apiKey}`,
        ...(this.lastId === '' ? {} : { 'last-event-id': this.lastId }),
      },
      signal: abort.signal,
    });
    if (response.status !== 200 || response.body === null)
      throw new Error(`the stream was refused: ${response.status} ${await response.text()}`);
    this.connections += 1;
    this.#abort = abort;
    void this.#read(response.body, this.connections).finally(() => {
      if (this.#abort === abort) this.#abort = null;
    });
    return response;
  }

  close(): void {
    this.#abort?.abort();
  }

  async #read(body: ReadableStream<Uint8Array>, connection: number): Promise<void> {
    const parser = new StreamParser();
    parser.lastId = this.lastId;
    const decoder = new TextDecoder();
    try {
      for await (const piece of body) {
        for (const message of parser.push(decoder.decode(piece, { stream: true }))) this.#take(message, connection);
        this.lastId = parser.lastId;
      }
    } catch {
      // The line was cut or closed: whoever reads comes back with the last id.
    }
  }

  #take(message: StreamMessage, connection: number): void {
    this.messages.push(message);
    if (!message.event.includes('.')) return;
    const event = JSON.parse(message.data) as TxTrailEvent;
    this.deliveries.push({ event, text: message.data, cursor: message.id, connection });
  }
}
