import type { Socket } from 'node:net';
import type { Scheduler, Timer } from '../ports/clock.ts';

export interface SlowWatchOptions {
  readonly limits: {
    /** Unsent bytes above which a connection is full. */
    readonly bufferedBytes: number;
    /** How long it may stay full without a byte leaving, milliseconds. */
    readonly slowTimeoutMs: number;
  };
}

export interface SlowWatchDeps {
  /** The TCP socket. */
  readonly stream: Socket;
  readonly scheduler: Scheduler;
  /** It was full, and not a byte left for `slowTimeoutMs`. */
  readonly onSlow: () => void;
}

/** Tells a client that reads slowly from one that does not read at all. */
export class SlowWatch {
  readonly #options: SlowWatchOptions;
  readonly #deps: SlowWatchDeps;
  #timer: Timer | null = null;

  constructor(options: SlowWatchOptions, deps: SlowWatchDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get isFull(): boolean {
    return this.#deps.stream.writableLength > this.#options.limits.bufferedBytes;
  }

  /** To be called after each write. */
  written(): void {
    if (this.isFull && this.#timer === null) this.#watchProgress();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #watchProgress(): void {
    const before = this.#unsent();
    this.#timer = this.#deps.scheduler.after(this.#options.limits.slowTimeoutMs, () => {
      this.#timer = null;
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
