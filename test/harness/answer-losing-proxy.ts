import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on loopback that can lose one answer: the question reaches the server and is carried
 * out, and both connections end when the answer holds given bytes, which are not passed on.
 */
export class AnswerLosingProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #lost: Buffer | null = null;
  #refuses = false;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  async start(): Promise<number> {
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** The next answer that holds these bytes is lost. */
  loseNext(bytes: string): void {
    this.#lost = Buffer.from(bytes, 'latin1');
  }

  /** The server is away: every connection ends at once, and whoever connects is cut off, until it is back. */
  setAway(isAway: boolean): void {
    this.#refuses = isAway;
    if (isAway) for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    if (this.#refuses) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target.port, this.#target.host);
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // Either side may fail at any time: that ends both, and `close` follows.
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      if (this.#lost === null || !chunk.includes(this.#lost)) {
        near.write(chunk);
        return;
      }
      this.#lost = null;
      end();
    });
  }
}
