import type { ClientFrame, ServerFrame, SubscribeFrame, TxTrailEvent } from '@txtrail/protocol';
import { WebSocket } from 'ws';
import { waitUntil } from './wait-until.ts';

/** One event as it arrived. */
export interface Delivery {
  readonly event: TxTrailEvent;
  /** The event's own bytes within its frame. */
  readonly text: string;
  readonly cursor: string;
  /** 1 for what came over the first connection, and so on. */
  readonly connection: number;
}

export interface SocketOptions {
  /** Acknowledge each event as soon as it has come; true where left out. */
  readonly acknowledge?: boolean;
  readonly subscribe?: Omit<SubscribeFrame, 'type' | 'id'>;
}

const subscription = 's1';

/**
 * One subscriber's plain WebSocket client: subscribes, acknowledges, comes back with `from: "ack"`
 * and keeps every frame it ever got, so that a checker can judge the whole.
 */
export class SocketClient {
  readonly deliveries: Delivery[] = [];
  readonly frames: ServerFrame[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  readonly #tracker: { readonly url: string; readonly apiKey: string };
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #connections = 0;

  constructor(tracker: { readonly url: string; readonly apiKey: string }, options: SocketOptions = {}) {
    this.#tracker = tracker;
    this.#options = options;
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Opens a connection and subscribes. Resolves with the `subscribed` frame. @throws Error when it is refused */
  async connect(): Promise<ServerFrame> {
    this.#connections += 1;
    const connection = this.#connections;
    const socket = new WebSocket(`${this.#tracker.url.replace('http', 'ws')}/v1/ws`, 'txtrail.v1', {
      headers: { authorization: `Bearer ${this.#tracker.apiKey}` },
    });
    this.#socket = socket;
    const answer = new Promise<ServerFrame>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        this.closes.push({ code, reason: String(reason) });
        reject(new Error(`the socket closed with ${code} ${String(reason)}`));
      });
      socket.on('open', () => this.send({ type: 'subscribe', id: subscription, ...this.#options.subscribe }));
      socket.on('message', (data) => {
        const frame = this.#take(String(data), connection);
        if (frame.type === 'subscribed') resolve(frame);
        if (frame.type === 'error') reject(new Error(`${frame.code}: ${frame.message}`));
      });
    });
    return answer;
  }

  send(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** Sends bytes that need not be a frame at all. */
  sendRaw(data: string | Buffer): void {
    this.#socket?.send(data);
  }

  acknowledge(cursor: string): void {
    if (this.connected) this.send({ type: 'ack', id: subscription, cursor });
  }

  /** The first deliveries of each event, in the order of arrival. */
  events(): readonly TxTrailEvent[] {
    const seen = new Set<string>();
    return this.deliveries.map(({ event }) => event).filter(({ id }) => !seen.has(id) && seen.add(id));
  }

  eventsOf(transactionId: string): readonly TxTrailEvent[] {
    return this.events().filter((event) => event.data.transaction?.id === transactionId);
  }

  /** Waits for an event that was or will be delivered. */
  waitForEvent(what: string, matches: (event: TxTrailEvent) => boolean, timeoutMs = 20_000): Promise<TxTrailEvent> {
    const describe = (): string => this.events().map(describeEvent).join('\n');
    return waitUntil(() => this.events().find(matches), { what, timeoutMs, describe });
  }

  waitForFrame<T extends ServerFrame['type']>(type: T): Promise<Extract<ServerFrame, { type: T }>> {
    const find = (): ServerFrame | undefined => this.frames.find((frame) => frame.type === type);
    return waitUntil(find, { what: `a frame "${type}"` }) as Promise<Extract<ServerFrame, { type: T }>>;
  }

  /** Cuts the line without a word. */
  cut(): void {
    this.#socket?.terminate();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), 2_000);
    await closed;
    clearTimeout(timer);
  }

  #take(text: string, connection: number): ServerFrame {
    const frame = JSON.parse(text) as ServerFrame;
    this.frames.push(frame);
    if (frame.type === 'event') {
      this.deliveries.push({ event: frame.event, text: eventText(text), cursor: frame.cursor, connection });
      if (this.#options.acknowledge ?? true) this.acknowledge(frame.cursor);
    }
    return frame;
  }
}

/** One line about an event, for error messages. */
export function describeEvent(event: TxTrailEvent): string {
  const { transaction, late, confirmations } = event.data;
  const block = `${transaction?.blockNumber ?? '-'} ${transaction?.blockHash?.slice(0, 10) ?? ''}`;
  return `${event.seq} ${event.type} r${event.revision} ${transaction?.hash?.slice(0, 10)} ${transaction?.status} n${confirmations} block ${block}${late ? ' late' : ''}`;
}

/**
 * The event's bytes as they came: from after its key to before the frame's closing brace, where it is
 * the last member (as in the contract's example), else its value written again.
 */
function eventText(frame: string): string {
  const start = frame.indexOf('"event":{');
  const text = frame.slice(start + '"event":'.length, frame.lastIndexOf('}'));
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify((JSON.parse(frame) as { readonly event: unknown }).event);
  }
}
