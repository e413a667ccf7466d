import { Duplex } from 'node:stream';
import type { SimulatedTime } from '../time/simulated-time.ts';

/** What a side holds that its owner has not read, before the other side has to wait. */
const windowBytes = 64 * 1024;

/**
 * One end of a connection whose bytes take their time, keep their order, and wait for a reader that
 * does not read, as those of TCP do.
 */
export class LineEnd extends Duplex {
  /** As of a socket: what came in so far. */
  bytesRead = 0;
  /** Where it is gone: nothing leaves and nothing arrives, and nobody is told (F50). */
  isSilent = false;
  readonly #time: SimulatedTime;
  readonly #latencyMs: number;
  #peer: LineEnd | null = null;
  #sentUntilMs = 0;
  /** Told once there is room again. */
  #atRoom: (() => void)[] = [];

  constructor(time: SimulatedTime, latencyMs: number) {
    super({ readableHighWaterMark: windowBytes, writableHighWaterMark: 16 * 1024, allowHalfOpen: true });
    this.#time = time;
    this.#latencyMs = latencyMs;
  }

  join(peer: LineEnd): void {
    this.#peer = peer;
  }

  /** What the other side has written and this one has not taken yet. */
  get peerUnsentBytes(): number {
    return this.#peer?.writableLength ?? 0;
  }

  override _read(): void {
    for (const go of this.#atRoom.splice(0)) go();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#later((peer) => peer.#take(chunk, () => done()));
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    const whole = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.#later((peer) => peer.#take(whole, () => done()));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#later((peer) => void peer.push(null));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const waiting = this.#atRoom.splice(0);
    for (const go of waiting) go();
    this.#later((peer) => peer.#lose());
    done(error);
  }

  /** Ends both sides at once, as a lost connection does. */
  cut(): void {
    const peer = this.#peer;
    this.#lose();
    if (peer !== null) peer.#lose();
  }

  #lose(): void {
    if (this.destroyed) return;
    // A side that has both read and said its end is simply over.
    const isOver = this.readableEnded && this.writableFinished;
    this.destroy(isOver ? undefined : Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  }

  #take(chunk: Buffer, done: () => void): void {
    if (this.destroyed || this.readableEnded) return done();
    this.bytesRead += chunk.length;
    if (this.push(chunk)) done();
    else this.#atRoom.push(done);
  }

  #later(task: (peer: LineEnd) => void): void {
    const atMs = Math.max(this.#sentUntilMs, this.#time.nowMs + this.#latencyMs);
    this.#sentUntilMs = atMs;
    this.#time.after(atMs - this.#time.nowMs, () => {
      const peer = this.#peer;
      if (peer === null || this.isSilent || peer.isSilent) return;
      task(peer);
    });
  }
}

/** A connection: the client's end, and the server's. */
export function connectedLine(time: SimulatedTime, latencyMs: number): readonly [LineEnd, LineEnd] {
  const client = new LineEnd(time, latencyMs);
  const server = new LineEnd(time, latencyMs);
  client.join(server);
  server.join(client);
  for (const end of [client, server]) end.on('error', () => undefined);
  return [client, server];
}
