import { websocketSubprotocol } from '@txtrail/protocol';
import type { ClientFrame, ServerFrame } from '@txtrail/protocol';
import type { ConnectionLimits } from '../client-options.ts';
import type { Credential } from '../credential.ts';
import type { ClientDeps, WebSocketLike } from '../deps.ts';
import { parseJson } from '../parse-json.ts';
import { RefusedError, TxTrailClientError, UnreachableError } from '../errors.ts';

/** Why a socket is no more. */
export interface SocketEnd {
  readonly error: TxTrailClientError;
  /** `fatal`: the server does not want us back. `token`: it wants another token. `ours`: nothing is wrong with the way. */
  readonly kind: 'passing' | 'token' | 'fatal' | 'ours';
  /** What the server asked to wait, milliseconds. */
  readonly afterMs: number;
  /** The server had said a word. */
  readonly wasLive: boolean;
}

export interface SocketReader {
  frame(frame: ServerFrame): void;
  ended(end: SocketEnd): void;
}

export interface SharedSocketDeps extends ClientDeps {
  readonly credential: Credential;
  readonly onLive: () => void;
  /** Called once, before the readers are told. */
  readonly onEnd: (end: SocketEnd) => void;
}

/** Contract §4: up to 4499 come back, from 4500 do not. */
const firstFatalCode = 4500;
/** A frame of ours would be as large the next time. */
const tooLarge = 1009;
/** A key or token is not taken, or not any more. */
const tokenCodes = [4005, 4500];
const normalClosure = 1000;

/**
 * One socket to the server that several subscriptions read from. It says who we are in its first
 * frame, asks for a sign of life when it has been silent, and ends once: whatever the way, its
 * readers are told why, and it is never used again.
 */
export class SharedSocket {
  /** What it said who we are with. */
  secret = '';
  readonly #limits: ConnectionLimits;
  readonly #deps: SharedSocketDeps;
  readonly #readers = new Map<string, SocketReader>();
  #websocket: WebSocketLike | null = null;
  /** Frames that wait for it to open. */
  #waiting: ClientFrame[] | null = [];
  #cancel: () => void;
  #isLive = false;
  #lastWordAt = 0;
  #isEnded = false;

  constructor(options: { readonly url: string; readonly limits: ConnectionLimits }, deps: SharedSocketDeps) {
    this.#limits = options.limits;
    this.#deps = deps;
    this.#cancel = deps.after(options.limits.answerTimeoutMs, () => this.lose('the server did not answer in time'));
    this.#connect(options.url).catch((error: unknown) => {
      if (error instanceof TxTrailClientError) this.#end(error, 'ours');
      else this.lose(String(error));
    });
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Hands over the frames that carry this id, and the end. */
  attach(id: string, reader: SocketReader): void {
    this.#readers.set(id, reader);
  }

  /** The last one to leave closes it. */
  detach(id: string): void {
    if (!this.#readers.delete(id) || this.#readers.size > 0) return;
    this.#end(new TxTrailClientError('closed', 'The client closed the socket.'), 'ours');
  }

  /** Sends it, or keeps it until the socket is open. */
  send(frame: ClientFrame): void {
    if (this.#isEnded) return;
    if (this.#waiting === null) this.#websocket?.send(JSON.stringify(frame));
    else this.#waiting.push(frame);
  }

  /** Gives it up. */
  lose(why: string): void {
    this.#end(new UnreachableError('socket_lost', `The socket was given up: ${why}.`), 'passing');
  }

  async #connect(url: string): Promise<void> {
    const { credential, WebSocket } = this.#deps;
    this.secret = await credential.get();
    if (this.#isEnded || WebSocket === null) return;
    const websocket = new WebSocket(url, websocketSubprotocol);
    this.#websocket = websocket;
    websocket.onopen = () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const frame of [{ type: 'auth', token: this.secret } as const, ...waiting]) this.send(frame);
    };
    websocket.onmessage = (event: { readonly data: unknown }) => this.#take(String(event.data));
    websocket.onclose = (event: { readonly code: number; readonly reason: string }) =>
      this.#closed(event.code, event.reason);
    // The close event that follows says as much.
    websocket.onerror = () => undefined;
  }

  #take(text: string): void {
    if (this.#isEnded) return;
    const frame = parseJson<ServerFrame>(text);
    if (frame === null) return this.lose('what came over it is not of TxTrail');
    this.#lastWordAt = this.#deps.now();
    if (!this.#isLive) {
      this.#isLive = true;
      this.#deps.onLive();
      this.#watch();
    }
    if (frame.type === 'reconnect') {
      const error = new UnreachableError('shutting_down', 'The server asks to come back a little later.');
      return this.#end(error, 'passing', frame.afterMs);
    }
    if ('id' in frame && frame.id !== null) this.#readers.get(frame.id)?.frame(frame);
  }

  /** A socket can be open for hours with nobody at its other end. */
  #watch(): void {
    const { pingIntervalMs, pongTimeoutMs } = this.#limits;
    this.#cancel();
    this.#cancel = this.#deps.after(pingIntervalMs, () => {
      const askedAt = this.#deps.now();
      if (askedAt - this.#lastWordAt < pingIntervalMs / 2) return this.#watch();
      this.send({ type: 'ping' });
      this.#cancel = this.#deps.after(pongTimeoutMs, () => {
        if (this.#lastWordAt >= askedAt) this.#watch();
        else this.lose('the server fell silent');
      });
    });
  }

  #closed(code: number, reason: string): void {
    const isFatal = (code >= firstFatalCode && code < 5000) || code === tooLarge;
    const Kind = isFatal ? RefusedError : UnreachableError;
    const error = new Kind(`socket_${code}`, `The socket was closed with ${code} ${reason}`);
    this.#end(error, tokenCodes.includes(code) ? 'token' : isFatal ? 'fatal' : 'passing');
  }

  #end(error: TxTrailClientError, kind: SocketEnd['kind'], afterMs = 0): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancel();
    this.#websocket?.close(normalClosure);
    const end = { error, kind, afterMs, wasLive: this.#isLive };
    this.#deps.onEnd(end);
    for (const reader of [...this.#readers.values()]) reader.ended(end);
    this.#readers.clear();
  }
}
