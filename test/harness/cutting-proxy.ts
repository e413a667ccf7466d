import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on loopback that can cut its connections as a bad network does: without a word, in the
 * middle of whatever is on the way. What is behind it may go and come back at the same address.
 */
export class CuttingProxy {
  /** How many connections were cut so far. */
  cuts = 0;
  readonly #target: () => string;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #server: Server | null = null;
  #refuses = false;

  /** @param target the URL behind, asked again for each connection */
  constructor(target: () => string) {
    this.#target = target;
  }

  async start(): Promise<void> {
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  /** The proxy's own address, as a URL. */
  get url(): string {
    if (this.#server === null) throw new Error('the proxy is started before its address is known');
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends every connection at once, with a reset where the system gives one. */
  cut(): void {
    for (const pair of this.#pairs) {
      this.cuts += 1;
      for (const socket of pair) socket.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  /** While true, whoever connects is cut off at once. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    if (this.#refuses) {
      near.resetAndDestroy();
      return;
    }
    const { hostname, port } = new URL(this.#target());
    const far = connect(Number(port), hostname);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      // Either side may fail at any time: that ends both, and `close` follows.
      socket.on('error', end);
      socket.on('close', end);
    }
    near.pipe(far);
    far.pipe(near);
  }
}
