import type { ClientFrame, ServerFrame } from '@txtrail/protocol';
import type { ClientDeps } from '../client-deps.ts';
import { SocketLine } from '../socket-line.ts';

/** Whoever waits for a frame gives up after so long, milliseconds. */
const patienceMs = 8_000;

/** A socket to be asked one thing after another. */
export class ProbeSocket {
  readonly line: SocketLine;
  readonly #deps: ClientDeps;
  readonly #frames: ServerFrame[] = [];
  #waiting: (() => void) | null = null;
  #closeCode: number | null = null;

  private constructor(deps: ClientDeps, secret: string | null, onOpen: (isOpen: boolean) => void) {
    this.#deps = deps;
    const line = deps.connect(6);
    if (line === null) throw new Error('nobody listens');
    this.line = new SocketLine(
      line,
      { secret },
      {
        onOpen: () => onOpen(true),
        onText: (text) => this.#take(JSON.parse(text) as ServerFrame),
        onEnd: (code) => {
          this.#closeCode = code;
          onOpen(false);
          this.#waiting?.();
        },
      },
    );
  }

  /** null: it could not be opened. @param secret what stands behind `Bearer`; null: no header */
  static open(deps: ClientDeps, secret: string | null): Promise<ProbeSocket | null> {
    return new Promise((resolve) => {
      try {
        const probe: ProbeSocket = new ProbeSocket(deps, secret, (isOpen) => resolve(isOpen ? probe : null));
        deps.context.time.after(patienceMs, () => {
          if (!probe.line.isOpen) probe.line.cut();
        });
      } catch {
        resolve(null);
      }
    });
  }

  send(frame: ClientFrame | object): void {
    this.line.send(frame);
  }

  /** The next frame; null: none came, or the socket was closed. */
  async next(): Promise<ServerFrame | null> {
    const isEnough = (): boolean => this.#frames.length > 0 || this.line.isOver;
    if (!isEnough()) await this.#wait();
    return this.#frames.shift() ?? null;
  }

  /** What it was closed with; null: it was not, or without a word. */
  async closed(withinMs = patienceMs): Promise<number | null> {
    const { time } = this.#deps.context;
    const untilMs = time.nowMs + withinMs;
    while (!this.line.isOver && time.nowMs < untilMs) await time.sleep(250);
    return this.#closeCode;
  }

  /** Frames that came and were not asked for. */
  get waiting(): readonly ServerFrame[] {
    return this.#frames;
  }

  #take(frame: ServerFrame): void {
    this.#frames.push(frame);
    this.#waiting?.();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.context.time.after(patienceMs, resolve);
      this.#waiting = () => {
        this.#waiting = null;
        timer.cancel();
        resolve();
      };
    });
  }
}
