import type { Scheduler, Timer } from '../../ports/clock.ts';
import type { WebsocketLimits } from '../gateway-limits.ts';

export interface HeartbeatDeps {
  readonly scheduler: Scheduler;
  readonly ping: () => void;
  /** True while we ourselves do not read from the socket, and so could not see its pong. */
  readonly isDeaf: () => boolean;
  readonly onDead: () => void;
}

/** Pings at a fixed pace; a ping without its pong in time means that nobody is there (F50). */
export class Heartbeat {
  readonly #limits: WebsocketLimits;
  readonly #deps: HeartbeatDeps;
  #timer: Timer | null = null;
  #isAnswered = true;

  constructor(options: { readonly limits: WebsocketLimits }, deps: HeartbeatDeps) {
    this.#limits = options.limits;
    this.#deps = deps;
  }

  start(): void {
    this.#timer = this.#deps.scheduler.after(this.#limits.pingIntervalMs, () => {
      this.#isAnswered = false;
      this.#deps.ping();
      this.#timer = this.#deps.scheduler.after(this.#limits.pongTimeoutMs, () => this.#judge());
    });
  }

  pong(): void {
    this.#isAnswered = true;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #judge(): void {
    if (this.#isAnswered || this.#deps.isDeaf()) this.start();
    else this.#deps.onDead();
  }
}
