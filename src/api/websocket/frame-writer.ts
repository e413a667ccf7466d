import { nextTick } from 'node:process';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Scheduler } from '../../ports/clock.ts';
import type { WebsocketLimits } from '../gateway-limits.ts';
import { SlowWatch } from '../slow-watch.ts';

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
  readonly #deps: FrameWriterDeps;
  readonly #slowWatch: SlowWatch;
  #isCorked = false;

  constructor(options: { readonly limits: WebsocketLimits }, deps: FrameWriterDeps) {
    this.#deps = deps;
    this.#slowWatch = new SlowWatch(options, deps);
  }

  get isFull(): boolean {
    return this.#slowWatch.isFull;
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
    this.#slowWatch.written();
  }

  /** To be called at the stream's `drain`. */
  drained(): void {
    this.stop();
    this.#deps.onDrain();
  }

  stop(): void {
    this.#slowWatch.stop();
  }
}
