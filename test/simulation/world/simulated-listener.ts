import { createServer } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { Listener } from '../../../src/ports/listener.ts';
import { connectedLine, type LineEnd } from './line.ts';
import type { SimulatedTime } from '../time/simulated-time.ts';

/**
 * Node's own HTTP servers, reached over simulated lines instead of the machine's network. Ports are
 * those of one simulated machine: what one process listens on, the next may after it has ended.
 */
export class SimulatedListener implements Listener {
  readonly #time: SimulatedTime;
  readonly #listening = new Map<number, Served>();
  readonly #all: Served[] = [];

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  createServer(options: ServerOptions, handler: RequestListener): Server {
    const served = new Served(createServer(options, handler), this.#listening);
    this.#all.push(served);
    return served.server;
  }

  /** The client's end of a new connection; null: nobody listens there. */
  connect(port: number, latencyMs: number): LineEnd | null {
    const served = this.#listening.get(port);
    if (served === undefined) return null;
    const [client, server] = connectedLine(this.#time, latencyMs);
    this.#time.after(latencyMs, () => served.accept(server));
    return client;
  }

  /** The process is gone: so are its connections. */
  end(): void {
    for (const served of this.#all) served.end();
    this.#listening.clear();
  }
}

/** One server, as if it listened. */
class Served {
  readonly server: Server;
  readonly #listening: Map<number, Served>;
  readonly #connections = new Set<LineEnd>();
  readonly #closeOwn: (() => unknown) & ((...given: never[]) => unknown);
  #port: number | null = null;
  #isOver = false;
  #atDrained: (() => void)[] = [];

  constructor(server: Server, listening: Map<number, Served>) {
    this.server = server;
    this.#listening = listening;
    this.#closeOwn = server.close.bind(server) as () => unknown;
    Object.assign(server, {
      listen: (...given: unknown[]) => this.#listen(given),
      close: (done?: () => void) => this.#close(done),
      closeIdleConnections: this.#inOrder(server.closeIdleConnections.bind(server)),
      closeAllConnections: this.#inOrder(server.closeAllConnections.bind(server)),
      address: () => (this.#port === null ? null : { address: '127.0.0.1', family: 'IPv4', port: this.#port }),
    });
    Object.defineProperty(server, 'listening', { get: () => this.#port !== null });
  }

  accept(end: LineEnd): void {
    // The client may have gone while it was on its way.
    if (this.#port === null || end.destroyed) return end.cut();
    this.#connections.add(end);
    end.once('close', () => {
      this.#connections.delete(end);
      this.#tellDrained();
    });
    this.server.emit('connection', end);
  }

  /** Nothing of it is heard any more, and its own timers are let go of. */
  end(): void {
    this.#isOver = true;
    if (this.#port !== null) this.#closeOwn();
    this.#port = null;
    for (const end of this.#connections) end.cut();
  }

  #listen(given: readonly unknown[]): Server {
    const { port } = given[0] as { readonly port: number };
    const done = given.find((one) => typeof one === 'function') as (() => void) | undefined;
    // A process that is gone may still be on its way to listen.
    if (this.#isOver) return this.server;
    if (done !== undefined) this.server.once('listening', done);
    if (this.#listening.has(port)) {
      const inUse = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
      queueMicrotask(() => this.server.emit('error', inUse));
      return this.server;
    }
    this.#port = port;
    this.#listening.set(port, this);
    queueMicrotask(() => {
      if (!this.#isOver) this.server.emit('listening');
    });
    return this.server;
  }

  #close(done?: () => void): Server {
    if (this.#port !== null) this.#listening.delete(this.#port);
    this.#port = null;
    this.#closeOwn();
    if (done !== undefined) this.#atDrained.push(done);
    queueMicrotask(() => this.#tellDrained());
    return this.server;
  }

  /** Node ends connections in the order of where they lie in its memory; here it is that of their coming. */
  #inOrder(closeSome: () => void): () => void {
    return () => {
      const chosen = new Set<LineEnd>();
      for (const end of this.#connections) {
        end.destroy = () => {
          chosen.add(end);
          return end;
        };
      }
      closeSome();
      for (const end of [...this.#connections]) {
        Reflect.deleteProperty(end, 'destroy');
        if (chosen.has(end)) end.destroy();
      }
    };
  }

  #tellDrained(): void {
    if (this.#port !== null || this.#connections.size > 0) return;
    for (const done of this.#atDrained.splice(0)) done();
  }
}
