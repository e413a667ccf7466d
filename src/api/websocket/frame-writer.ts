import { nextTick } from 'node:process';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Scheduler, Timer } from '../../ports/clock.ts';
import type { WebsocketLimits } from '../gateway-limits.ts';

export interface FrameWriterDeps {
  readonly websocket: WebSocket;
  /** The TCP socket below it. */
  readonly stream: Socket;
  readonly scheduler: Scheduler;
  /** Everything that waited has left. */
  readonly onDrain: () => void;
  /** The socket was full, and not a byte left for `slowTimeoutMs`. */
  readonly onSlow: () => void;
}

/**
 * Writes text frames to one socket. The write call is what costs, not the frame: all frames of one
 * turn of the event loop leave in one write. Nothing is queued here: whoever produces asks `isFull`
 * first, so that memory is bounded by `bufferedBytes` and one read (I17).
 */
export class FrameWriter {
  readonly #limits: WebsocketLimits;
  readonly #deps: FrameWriterDeps;
  #isCorked = false;
  #slowTimer: Timer | null = null;

  constructor(options: { readonly limits: WebsocketLimits }, deps: FrameWriterDeps) {
    this.#limits = options.limits;
    this.#deps = deps;
  }

  get isFull(): boolean {
    return this.#deps.stream.writableLength > this.#limits.bufferedBytes;
  }

  send(text: string): void {
    const { websocket, stream } = this.#deps;
    if (websocket.readyState !== websocket.OPEN) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      stream.cork();
      nextTick(() => {
        this.#isCorked = false;
        stream.uncork();
      });
    }
    websocket.send(text);
    if (this.isFull && this.#slowTimer === null) this.#watchProgress();
  }

  /** To be called at the stream's `drain`. */
  drained(): void {
    this.stop();
    this.#deps.onDrain();
  }

  stop(): void {
    this.#slowTimer?.cancel();
    this.#slowTimer = null;
  }

  #watchProgress(): void {
    const before = this.#unsent();
    this.#slowTimer = this.#deps.scheduler.after(this.#limits.slowTimeoutMs, () => {
      this.#slowTimer = null;
      if (this.#unsent() === before) this.#deps.onSlow();
      else if (this.isFull) this.#watchProgress();
    });
  }

  /**
   * What has not reached the kernel, as a text to compare. The stream's own length falls only when
   * a whole write is through, which at 1 MiB may take a slow but living client minutes; the handle
   * below it tells of every part, where it can be asked.
   */
  #unsent(): string {
    const { stream } = this.#deps;
    const handle = (stream as { readonly _handle?: { readonly writeQueueSize?: number } | null })._handle;
    return `${stream.writableLength}/${handle?.writeQueueSize ?? 0}`;
  }
}
