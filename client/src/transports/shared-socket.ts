import { websocketSubprotocol } from '@txtrail/protocol';
import type { ClientFrame, ServerFrame } from '@txtrail/protocol';
import type { ConnectionLimits } from '../client-options.ts';
import type { ClientDeps, WebSocketLike } from '../deps.ts';
import { RefusedError, TxTrailClientError, UnreachableError } from '../errors.ts';

/** Why a socket is no more. */
export interface SocketEnd {
  readonly error: TxTrailClientError;
  /** `fatal`: the server does not want us back. `token`: it wants another token. */
  readonly kind: 'passing' | 'token' | 'fatal';
  /** What the server asked to wait, milliseconds. */
  readonly afterMs: number;
  readonly wasLive: boolean;
  /** Milliseconds from the server's first word to the end. */
  readonly livedMs: number;
}

export interface SocketReader {
  frame(frame: ServerFrame): void;
  ended(end: SocketEnd): void;
}

export interface SharedSocketDeps extends ClientDeps {
  readonly WebSocket: NonNullable<ClientDeps['WebSocket']>;
  /** Called once, before the readers are told. */
  readonly onEnd: (end: SocketEnd) => void;
}

/** Contract §4: up to 4499 come back, from 4500 do not. */
const firstFatalCode = 4500;
const codes: Readonly<Record<number, string>> = {
  1009: 'frame_too_large',
  4001: 'shutting_down',
  4005: 'token_expired',
  4008: 'too_slow',
  4029: 'too_many_requests',
  4500: 'unauthorized',
  4501: 'bad_frame',
  4503: 'revoked',
  4504: 'quota',
};

/**
 * One socket to the server that several subscriptions read from. It says who we are in its first
 * frame, asks for a sign of life when it has been silent, and ends once: whatever the way, its
 * readers are told why, and it is never used again.
 */
export class SharedSocket {
  readonly #limits: ConnectionLimits;
  readonly #deps: SharedSocketDeps;
  readonly #websocket: WebSocketLike;
  readonly #readers = new Map<string, SocketReader>();
  /** What it said who we are with. */
  readonly secret: string;
  /** Resolves once frames can be sent; rejects with the TxTrailClientError of its end where that comes before. */
  readonly opened: Promise<void>;
  #settleOpened: (error: TxTrailClientError | null) => void = () => undefined;
  #cancel: () => void;
  #liveSince: number | null = null;
  #lastWordAt = 0;
  #isEnded = false;

  constructor(
    options: { readonly url: string; readonly secret: string; readonly limits: ConnectionLimits },
    deps: SharedSocketDeps,
  ) {
    this.#limits = options.limits;
    this.#deps = deps;
    this.secret = options.secret;
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = (error) => (error === null ? resolve() : reject(error));
    });
    this.#cancel = deps.after(options.limits.answerTimeoutMs, () => this.lose('the server did not answer in time'));
    const websocket = new deps.WebSocket(options.url, websocketSubprotocol);
    this.#websocket = websocket;
    websocket.onopen = () => {
      this.send({ type: 'auth', token: options.secret });
      this.send({ type: 'ping' });
      this.#settleOpened(null);
    };
    websocket.onmessage = (event: { readonly data: unknown }) => this.#take(String(event.data));
    websocket.onclose = (event: { readonly code: number; readonly reason: string }) =>
      this.#closed(event.code, event.reason);
    // The close event that follows says as much.
    websocket.onerror = () => undefined;
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
    if (this.#readers.delete(id) && this.#readers.size === 0) this.close();
  }

  send(frame: ClientFrame): void {
    if (!this.#isEnded) this.#websocket.send(JSON.stringify(frame));
  }

  close(): void {
    this.#end({
      error: new TxTrailClientError('closed', 'The client closed the socket.'),
      kind: 'passing',
      afterMs: 0,
    });
  }

  /** Gives it up. */
  lose(why: string): void {
    const error = new UnreachableError('socket_lost', `The socket was given up: ${why}.`);
    this.#end({ error, kind: 'passing', afterMs: 0 });
  }

  #take(text: string): void {
    if (this.#isEnded) return;
    this.#lastWordAt = this.#deps.now();
    if (this.#liveSince === null) {
      this.#liveSince = this.#lastWordAt;
      this.#watch();
    }
    const frame = parsed(text);
    if (frame === null) return this.lose('what came over it is not of TxTrail');
    if (frame.type === 'reconnect') {
      const error = new UnreachableError('shutting_down', 'The server asks to come back a little later.');
      return this.#end({ error, kind: 'passing', afterMs: frame.afterMs });
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
    const isFatal = (code >= firstFatalCode && code < 5000) || code === 1009;
    const name = codes[code] ?? (isFatal ? `socket_${code}` : 'socket_lost');
    const said = reason === '' ? '' : ` (${reason})`;
    const error = isFatal
      ? new RefusedError(name, `The server closed the socket for good with ${code}${said}.`)
      : new UnreachableError(name, `The socket closed with ${code}${said}.`);
    const kind = code === 4005 || code === 4500 ? 'token' : isFatal ? 'fatal' : 'passing';
    this.#end({ error, kind, afterMs: 0 });
  }

  #end(end: Pick<SocketEnd, 'error' | 'kind' | 'afterMs'>): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancel();
    const websocket = this.#websocket;
    websocket.onopen = null;
    websocket.onmessage = null;
    websocket.onclose = null;
    websocket.close(1000);
    const livedMs = this.#liveSince === null ? 0 : this.#deps.now() - this.#liveSince;
    const whole: SocketEnd = { ...end, wasLive: this.#liveSince !== null, livedMs };
    this.#deps.onEnd(whole);
    this.#settleOpened(end.error);
    for (const reader of [...this.#readers.values()]) reader.ended(whole);
    this.#readers.clear();
  }
}

function parsed(text: string): ServerFrame | null {
  try {
    return JSON.parse(text) as ServerFrame;
  } catch {
    // Something else listens there.
    return null;
  }
}
