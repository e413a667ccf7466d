import { fullJitterDelayMs } from '../../lib/retry-delay.ts';
import type { Random, Scheduler, Timer } from '../../ports/clock.ts';
import type { Network, OutgoingSocket } from '../../ports/network.ts';
import { badAnswer, connectionErrorCode, type FaultPlace, timedOut, unreachable } from './json-rpc-fault.ts';
import {
  isObject,
  type JsonRpcTransport,
  outcomeOf,
  outcomeOfCall,
  type RpcCall,
  type RpcOutcome,
  requestOf,
} from './json-rpc-message.ts';

/** The biggest frame read; as for HTTP, a full block must fit where the socket is all there is. */
export const frameMaxBytes = 64 * 1024 * 1024;
/** Calls that may wait for their answer on one socket. */
export const socketCallsMax = 256;
/** A ping this often; one that is not answered before the next ends the connection (H20). */
export const pingIntervalMs = 15_000;
export const handshakeTimeoutMs = 10_000;
export const defaultSocketCallTimeoutMs = 5_000;
/** Between connections: full jitter from the first retry on, so that many do not come back together (F18). */
export const reconnectDelay = { baseMs: 500, maxMs: 15_000 } as const;

export interface WebSocketTransportOptions {
  readonly provider: string;
  /** May hold credentials and keys; never shown. */
  readonly url: string;
}

export interface WebSocketTransportDeps {
  readonly network: Network;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

export interface SocketListener {
  /** Connected; subscriptions of an earlier connection are gone. */
  onOpen(): void;
  onClose(reason: string): void;
  /** The `params` of an `eth_subscription`. */
  onNotification(params: Record<string, unknown>): void;
}

/** One connection, from its opening to its loss. */
interface Connection {
  line: OutgoingSocket;
  /** What waits for it to be open. */
  readonly atOpen: (() => void)[];
  isPingAnswered: boolean;
}

/** What stands for a connection until the network has given it. */
const none: OutgoingSocket = {
  isOpen: false,
  send: () => undefined,
  ping: () => undefined,
  terminate: () => undefined,
};

interface WaitingCall {
  readonly place: FaultPlace;
  readonly timer: Timer;
  settle(outcome: RpcOutcome): void;
}

/**
 * JSON-RPC over one WebSocket that comes back by itself: it connects with the first call or
 * listener and from then on again after each loss, until closed. Calls that wait when it is lost
 * reject; they are not sent twice.
 */
export class WebSocketTransport implements JsonRpcTransport {
  readonly #options: WebSocketTransportOptions;
  readonly #deps: WebSocketTransportDeps;
  readonly #waiting = new Map<number, WaitingCall>();
  #listener: SocketListener | null = null;
  #socket: Connection | null = null;
  #retryTimer: Timer | null = null;
  #pingTimer: Timer | null = null;
  #attempt = 0;
  #nextId = 1;
  #closed = false;

  constructor(options: WebSocketTransportOptions, deps: WebSocketTransportDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** One listener: who follows the heads. */
  listen(listener: SocketListener | null): void {
    this.#listener = listener;
    if (listener === null) return;
    if (this.#socket?.line.isOpen === true) listener.onOpen();
    else this.#connect();
  }

  async call(call: RpcCall, timeoutMs = defaultSocketCallTimeoutMs): Promise<unknown> {
    const place = { provider: this.#options.provider, method: call.method };
    if (this.#closed) throw unreachable(place, 'the connection was closed');
    if (this.#waiting.size >= socketCallsMax) throw unreachable(place, `${socketCallsMax} calls wait already`);
    this.#connect();
    // Between two connections a call fails at once, so that its caller can ask elsewhere.
    if (this.#socket === null) throw unreachable(place, 'the socket is down');
    const outcome = await this.#exchange(place, call, timeoutMs);
    if (!outcome.ok) throw outcome.error;
    return outcome.result;
  }

  async batch(calls: readonly RpcCall[], timeoutMs?: number): Promise<readonly RpcOutcome[]> {
    // Providers count and limit each item of a socket's batch; single frames are the same on one connection.
    const outcomes: RpcOutcome[] = [];
    for (let start = 0; start < calls.length; start += socketBatchCallsMax) {
      const group = calls.slice(start, start + socketBatchCallsMax);
      outcomes.push(...(await Promise.all(group.map((call) => outcomeOfCall(this.call(call, timeoutMs))))));
    }
    return outcomes;
  }

  /** The subscription works: the next loss starts again with the shortest delay. */
  markHealthy(): void {
    this.#attempt = 0;
  }

  /** Drops the connection; a new one is made after the usual delay. */
  restart(reason: string): void {
    if (this.#socket !== null) this.#lose(this.#socket, reason);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener = null;
    this.#retryTimer?.cancel();
    if (this.#socket !== null) this.#lose(this.#socket, 'the connection was closed');
  }

  #exchange(place: FaultPlace, call: RpcCall, timeoutMs: number): Promise<RpcOutcome> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve) => {
      const settle = (outcome: RpcOutcome): void => {
        this.#waiting.get(id)?.timer.cancel();
        this.#waiting.delete(id);
        resolve(outcome);
      };
      const timer = this.#deps.scheduler.after(timeoutMs, () => {
        settle({ ok: false, error: timedOut(place, timeoutMs) });
      });
      this.#waiting.set(id, { place, timer, settle });
      const socket = this.#socket;
      const send = (): void => {
        if (this.#waiting.has(id)) socket?.line.send(JSON.stringify(requestOf(id, call)));
      };
      if (socket?.line.isOpen === true) send();
      else socket?.atOpen.push(send);
    });
  }

  #connect(): void {
    if (this.#closed || this.#socket !== null || this.#retryTimer !== null) return;
    const socket: Connection = { line: none, atOpen: [], isPingAnswered: true };
    const options = { messageMaxBytes: frameMaxBytes, handshakeTimeoutMs };
    this.#socket = socket;
    socket.line = this.#deps.network.openSocket(this.#options.url, options, {
      onOpen: () => this.#opened(socket),
      onMessage: (text) => {
        if (this.#socket === socket) this.#receive(socket, text);
      },
      onPong: () => {
        socket.isPingAnswered = true;
      },
      onError: (error) => this.#lose(socket, connectionErrorCode(error)),
      onClose: (code) => this.#lose(socket, `closed with code ${code}`),
    });
  }

  #opened(socket: Connection): void {
    if (this.#socket !== socket) return;
    this.#schedulePing(socket);
    this.#listener?.onOpen();
    for (const send of socket.atOpen.splice(0)) send();
  }

  /** However many ways a connection ends, it is lost once. */
  #lose(socket: Connection, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#pingTimer?.cancel();
    socket.line.terminate();
    for (const call of [...this.#waiting.values()]) {
      call.settle({ ok: false, error: unreachable(call.place, reason) });
    }
    this.#listener?.onClose(reason);
    if (this.#closed) return;
    this.#attempt += 1;
    const delayMs = fullJitterDelayMs(this.#attempt, reconnectDelay, this.#deps.random);
    this.#retryTimer = this.#deps.scheduler.after(delayMs, () => {
      this.#retryTimer = null;
      this.#connect();
    });
  }

  #schedulePing(socket: Connection): void {
    const beat = (): void => {
      if (this.#socket !== socket) return;
      if (!socket.isPingAnswered) return this.#lose(socket, 'a ping was not answered');
      socket.isPingAnswered = false;
      socket.line.ping();
      this.#pingTimer = this.#deps.scheduler.after(pingIntervalMs, beat);
    };
    this.#pingTimer = this.#deps.scheduler.after(pingIntervalMs, beat);
  }

  #receive(socket: Connection, text: string | null): void {
    let message: unknown = null;
    try {
      message = text === null ? null : JSON.parse(text);
    } catch {
      message = null;
    }
    const messages = Array.isArray(message) ? message : [message];
    for (const item of messages) {
      if (!isObject(item)) return this.#lose(socket, 'it sent what is not JSON-RPC');
      this.#dispatch(item);
    }
  }

  #dispatch(message: Record<string, unknown>): void {
    if (message['method'] === 'eth_subscription') {
      if (isObject(message['params'])) this.#listener?.onNotification(message['params']);
      return;
    }
    const id = message['id'];
    const call = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    // An answer to nothing we asked, or to what timed out, is dropped (F12).
    if (call === undefined || typeof id !== 'number') return;
    call.settle(outcomeOf(call.place, message, id));
  }
}

/** Calls of one batch that are under way on the socket at a time. */
const socketBatchCallsMax = 50;

/** @throws TxTrailError `provider_bad_answer` when a subscription was not confirmed with an id. */
export function subscriptionIdOf(provider: string, result: unknown): string {
  if (typeof result === 'string' && result.length > 0 && result.length <= 256) return result;
  throw badAnswer({ provider, method: 'eth_subscribe' }, 'no subscription id');
}
