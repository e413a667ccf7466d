import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { assert } from '../lib/assert.ts';
import type { Clock, Scheduler, Timer } from '../ports/clock.ts';
import type { Listener } from '../ports/listener.ts';
import { exchange } from './exchange.ts';
import { writeHttp, writeSocket } from './exchange-writer.ts';
import type { ChainChange, ScriptedChain } from './scripted-chain.ts';
import type { ScriptedProvider } from './scripted-provider.ts';
import { ScriptedSession } from './scripted-session.ts';

export interface ScriptedChainServerOptions {
  readonly host?: string;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** A longer body is 413, a longer frame closes the socket; default 5 MiB, as geth's. */
  readonly bodyLimitBytes?: number;
  /** Connections of either kind at a time; one more is refused. */
  readonly socketLimit?: number;
  /** True: pages of any origin may ask; default false. */
  readonly isOpenToBrowsers?: boolean;
}

export interface ScriptedChainServerDeps {
  readonly chain: ScriptedChain;
  readonly providers: readonly ScriptedProvider[];
  readonly listener: Listener;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** Serves the providers of a chain as JSON-RPC over HTTP and WebSocket, each under `/NAME`. */
export interface ScriptedChainServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Known once started. `/` is the first provider. */
  url(provider: string): { readonly http: string; readonly ws: string };
  /** Ends the provider's sockets: `cut` without a close frame, as a lost connection does. */
  dropSockets(provider: string, manner?: 'close' | 'cut'): void;
  /** Lets the provider tell its subscribers of a head that a change of its view brought. */
  announce(provider: string): void;
  /** Open sockets of a provider. */
  sockets(provider: string): number;
}

export function createScriptedChainServer(
  options: ScriptedChainServerOptions,
  deps: ScriptedChainServerDeps,
): ScriptedChainServer {
  return new NodeScriptedChainServer({ ...defaults, ...options }, deps);
}

const defaults = {
  host: '127.0.0.1',
  port: 0,
  bodyLimitBytes: 5 * 1024 * 1024,
  socketLimit: 1000,
  isOpenToBrowsers: false,
};

interface Connection {
  readonly provider: ScriptedProvider;
  readonly session: ScriptedSession;
  readonly socket: WebSocket;
}

class NodeScriptedChainServer implements ScriptedChainServer {
  readonly #options: Required<ScriptedChainServerOptions>;
  readonly #deps: ScriptedChainServerDeps;
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<Timer>();
  /** The scheduler, with every timer remembered so that `stop` leaves none behind. */
  readonly #scheduler: Pick<Scheduler, 'after'> = { after: (delayMs, task) => this.#after(delayMs, task) };
  #server: Server | null = null;
  #sockets: WebSocketServer | null = null;
  #unwatch: (() => void) | null = null;
  #accepted = 0;

  constructor(options: Required<ScriptedChainServerOptions>, deps: ScriptedChainServerDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async start(): Promise<void> {
    assert(this.#server === null, 'the server is started once');
    const server = this.#deps.listener.createServer({}, (request, response) => void this.#serve(request, response));
    server.maxConnections = this.#options.socketLimit;
    this.#server = server;
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: this.#options.bodyLimitBytes });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.port, this.#options.host, resolve);
    });
    this.#unwatch = this.#deps.chain.watch((change) => this.#spread(change));
  }

  async stop(): Promise<void> {
    this.#unwatch?.();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const { socket } of this.#connections) socket.terminate();
    this.#connections.clear();
    this.#sockets?.close();
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  url(provider: string): { readonly http: string; readonly ws: string } {
    assert(this.#server !== null, 'the server is started before its address is known');
    const { port } = this.#server.address() as AddressInfo;
    const place = `${this.#options.host}:${port}/${provider}`;
    return { http: `http://${place}`, ws: `ws://${place}` };
  }

  dropSockets(provider: string, manner: 'close' | 'cut' = 'cut'): void {
    for (const { socket } of this.#of(provider)) {
      if (manner === 'cut') socket.terminate();
      else socket.close(1001);
    }
  }

  announce(provider: string): void {
    for (const candidate of this.#deps.providers) if (candidate.name === provider) this.#push(candidate, null);
  }

  sockets(provider: string): number {
    return this.#of(provider).length;
  }

  #after(delayMs: number, task: () => void): Timer {
    const timer = this.#deps.scheduler.after(delayMs, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
    return timer;
  }

  #of(provider: string): readonly Connection[] {
    return [...this.#connections].filter((connection) => connection.provider.name === provider);
  }

  #spread(change: ChainChange): void {
    for (const provider of this.#deps.providers) this.#push(provider, change);
  }

  #push(provider: ScriptedProvider, change: ChainChange | null): void {
    for (const push of provider.pushes(change, this.#deps.clock.now())) {
      for (const { socket, session } of this.#of(provider.name)) {
        for (const body of session.notifications(push)) {
          writeSocket(socket, { manner: 'whole', body, delayMs: push.delayMs, byteDelayMs: 0 }, this.#scheduler);
        }
      }
    }
  }

  #providerOf(request: IncomingMessage): ScriptedProvider | undefined {
    const name = (request.url ?? '/').split('?')[0]?.split('/')[1] ?? '';
    return name === '' ? this.#deps.providers[0] : this.#deps.providers.find((provider) => provider.name === name);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#options.isOpenToBrowsers) openToBrowsers(response);
    if (this.#options.isOpenToBrowsers && request.method === 'OPTIONS') return void response.writeHead(204).end();
    const provider = this.#providerOf(request);
    if (provider === undefined) return refuse(response, 404, 'no such provider');
    if (request.method !== 'POST') return refuse(response, 405, 'method not allowed');
    const text = await readBody(request, this.#options.bodyLimitBytes);
    if (text === null) return refuse(response, 413, 'content length too large');
    writeHttp(response, exchange(provider, text, this.#deps.clock.now()), this.#scheduler);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const provider = this.#providerOf(request);
    if (provider === undefined) {
      socket.end(`HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets?.handleUpgrade(request, socket, head, (accepted) => this.#accept(provider, accepted));
  }

  #accept(provider: ScriptedProvider, socket: WebSocket): void {
    this.#accepted += 1;
    const session = new ScriptedSession({ name: `${provider.name}/${this.#accepted}` }, { provider });
    const connection = { provider, session, socket };
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
    // A client that breaks the protocol loses its connection, which `close` tells of.
    socket.on('error', () => socket.terminate());
    socket.on('message', (data: Buffer) => {
      writeSocket(socket, session.receive(data.toString(), this.#deps.clock.now()), this.#scheduler);
    });
  }
}

/** Any page may send calls, and keep the browser's preflight for a day. */
function openToBrowsers(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader('access-control-allow-headers', 'content-type, authorization');
  response.setHeader('access-control-max-age', '86400');
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(message);
}

/** The body as text; null where it is longer than allowed, which is known before all of it came. */
function readBody(request: IncomingMessage, limit: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        request.pause();
        resolve(null);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    // The client went away in the middle; what is answered reaches nobody.
    request.on('error', () => resolve(''));
  });
}
