import type { ConnectionLimits } from '../client-options.ts';
import type { Credential } from '../credential.ts';
import type { ClientDeps } from '../deps.ts';
import { OptionsError, TxTrailClientError, UnreachableError } from '../errors.ts';
import { Retry } from '../retry.ts';
import type { RetryLimits } from '../retry.ts';
import { SharedSocket } from './shared-socket.ts';
import type { SocketEnd, SocketReader } from './shared-socket.ts';

export interface SocketPoolOptions {
  /** Of the server; http or https. */
  readonly url: string;
  readonly limits: ConnectionLimits;
  readonly retry: RetryLimits;
}

/** What comes of asking for a socket. */
export type Acquired = { readonly kind: 'socket'; readonly socket: SharedSocket } | Failed;

export interface Failed {
  readonly kind: 'failed';
  readonly error: TxTrailClientError;
  readonly connection: object;
}

/**
 * The client's sockets: one for all its subscriptions until it is full. Failures count for the client
 * as a whole, so many subscriptions wait together and come back over one new socket.
 */
export class SocketPool {
  readonly retry: Retry;
  readonly #options: SocketPoolOptions;
  readonly #credential: Credential;
  readonly #deps: ClientDeps;
  #sockets: SharedSocket[] = [];
  #opening: Promise<Failed | null> | null = null;
  #ids = 0;

  constructor(options: SocketPoolOptions, credential: Credential, deps: ClientDeps) {
    this.#options = options;
    this.#credential = credential;
    this.#deps = deps;
    this.retry = new Retry(options.retry, deps);
  }

  /** An id that no other subscription of this client has. */
  nextId(): string {
    this.#ids += 1;
    return `s${this.#ids}`;
  }

  /** Attaches a reader to a socket with room, on which frames can be sent; opens one if need be. */
  async acquire(id: string, reader: SocketReader): Promise<Acquired> {
    for (;;) {
      const socket = this.#withRoom();
      if (socket !== undefined) {
        socket.attach(id, reader);
        return { kind: 'socket', socket };
      }
      this.#opening ??= this.#open().finally(() => {
        this.#opening = null;
      });
      const failed = await this.#opening;
      if (failed !== null) return failed;
    }
  }

  /** Whether a socket gets through now: asks for the server's first word over one. */
  async probe(): Promise<boolean> {
    const id = this.nextId();
    let tell: (works: boolean) => void = () => undefined;
    const answer = new Promise<boolean>((resolve) => {
      tell = resolve;
    });
    const acquired = await this.acquire(id, { frame: () => tell(true), ended: () => tell(false) });
    if (acquired.kind === 'failed') return false;
    // There is no subscription of this id, and the server's saying so is a word as good as any.
    acquired.socket.send({ type: 'unsubscribe', id });
    const works = await answer;
    acquired.socket.detach(id);
    return works;
  }

  #withRoom(): SharedSocket | undefined {
    return this.#sockets.find(({ readers }) => readers < this.#options.limits.subscriptionsPerSocket);
  }

  /** One more socket in the pool, or why there is none. */
  async #open(): Promise<Failed | null> {
    const { WebSocket } = this.#deps;
    const { limits } = this.#options;
    let socket: SharedSocket | null = null;
    try {
      if (WebSocket === null) throw new OptionsError('There is no WebSocket here.');
      const url = `${this.#options.url.replace(/^http/, 'ws')}/v1/ws`;
      const secret = await this.#credential.get();
      const opened: SharedSocket = new SharedSocket(
        { url, secret, limits },
        { ...this.#deps, WebSocket, onEnd: (end) => this.#ended(opened, end) },
      );
      socket = opened;
      await opened.opened;
      this.#sockets.push(opened);
      return null;
    } catch (error) {
      // The end of a socket was counted already.
      if (socket === null) this.retry.failed(0);
      return { kind: 'failed', error: asClientError(error), connection: socket ?? {} };
    }
  }

  #ended(socket: SharedSocket, end: SocketEnd): void {
    this.#sockets = this.#sockets.filter((other) => other !== socket);
    if (end.error.code !== 'closed') this.retry.failed(end.livedMs, end.afterMs);
  }
}

function asClientError(error: unknown): TxTrailClientError {
  if (error instanceof TxTrailClientError) return error;
  return new UnreachableError('socket_lost', 'The socket could not be made; see cause.', { cause: error });
}
