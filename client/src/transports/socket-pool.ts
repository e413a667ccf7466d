import type { ConnectionLimits } from '../client-options.ts';
import type { Credential } from '../credential.ts';
import type { ClientDeps } from '../deps.ts';
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

/**
 * The client's sockets: one for all its subscriptions until it is full. Failures count for the client
 * as a whole, so many subscriptions wait together and come back over one new socket.
 */
export class SocketPool {
  readonly retry: Retry;
  readonly #options: SocketPoolOptions;
  readonly #credential: Credential;
  readonly #deps: ClientDeps;
  readonly #sockets = new Set<SharedSocket>();
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

  /** Attaches a reader to a socket with room; opens one if need be. */
  attach(id: string, reader: SocketReader): SharedSocket {
    const { limits } = this.#options;
    const socket = [...this.#sockets].find(({ readers }) => readers < limits.subscriptionsPerSocket) ?? this.#open();
    socket.attach(id, reader);
    return socket;
  }

  /** Whether a socket gets through now: asks for the server's first word over one. */
  probe(): Promise<boolean> {
    const id = this.nextId();
    return new Promise((resolve) => {
      const finish = (works: boolean): void => {
        socket.detach(id);
        resolve(works);
      };
      const socket = this.attach(id, { frame: () => finish(true), ended: () => finish(false) });
      // There is no subscription of this id, and the server's saying so is a word as good as any.
      socket.send({ type: 'unsubscribe', id });
    });
  }

  #open(): SharedSocket {
    const { limits } = this.#options;
    const url = `${this.#options.url.replace(/^http/, 'ws')}/v1/ws`;
    const onEnd = (end: SocketEnd): void => {
      this.#sockets.delete(socket);
      if (end.error.code !== 'closed') this.retry.failed(end.afterMs);
    };
    const onLive = (): void => this.retry.live();
    const deps = { ...this.#deps, credential: this.#credential, onLive, onEnd };
    const socket: SharedSocket = new SharedSocket({ url, limits }, deps);
    this.#sockets.add(socket);
    return socket;
  }
}
