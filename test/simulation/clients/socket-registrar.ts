import type { ServerFrame } from '@txtrail/protocol';
import { Chance } from '../chance.ts';
import { strikes } from '../faults.ts';
import { apiKey } from '../seed-plan.ts';
import type { ClientDeps } from './client-deps.ts';
import type { Followed } from './followed.ts';
import { SocketLine } from './socket-line.ts';

export interface SocketRegistrarOptions {
  readonly name: string;
  readonly latencyMs: number;
}

type Outcome = Extract<ServerFrame, { readonly type: 'tracked' | 'error' }> | null;

/** A `track` frame that is not answered for so long was lost, milliseconds. */
const timeoutMs = 10_000;
/** Nothing is left to be asked for: the socket is closed in order after this, milliseconds. */
const idleMs = 20_000;

/** Registers by `track` frames, and again over a new socket where no answer came. */
export class SocketRegistrar {
  readonly #options: SocketRegistrarOptions;
  readonly #deps: ClientDeps;
  readonly #chance: Chance;
  readonly #asked = new Map<string, (outcome: Outcome) => void>();
  #socket: SocketLine | null = null;
  #opening: Promise<SocketLine | null> | null = null;
  #requests = 0;
  #connections = 0;

  constructor(options: SocketRegistrarOptions, deps: ClientDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#chance = new Chance(deps.context.seed, `track/${options.name}`);
  }

  async track(followed: Followed): Promise<void> {
    const { time, report, trace, reach } = this.#deps.context;
    followed.asking();
    this.#requests += 1;
    const id = `r${this.#requests}`;
    for (let unanswered = 0; ; unanswered += 1) {
      const outcome = await this.#ask(id, followed);
      trace.add(time.nowMs, 'track', this.#options.name, JSON.stringify(outcome));
      if (outcome?.type === 'tracked') {
        if (unanswered > 0) reach('tracked again over a new socket');
        return followed.registered(outcome.transaction);
      }
      if (outcome !== null && outcome.code !== 'overloaded' && outcome.code !== 'shutting_down') {
        return report(`${JSON.stringify(followed.request)} over a socket gave ${JSON.stringify(outcome)}`);
      }
      await time.sleep(this.#chance.between(500, 2_000));
    }
  }

  /** null: no answer came. */
  async #ask(id: string, { request }: Followed): Promise<Outcome> {
    const socket = await this.#opened();
    if (socket === null) return null;
    const { time, seed, armed } = this.#deps.context;
    const timer = time.after(timeoutMs, () => {
      socket.cut();
      this.#answer(id, null);
    });
    const answered = new Promise<Outcome>((resolve) => this.#asked.set(id, resolve));
    socket.send({ type: 'track', id, transaction: request });
    if (strikes(seed, armed.get('line_cut'), `${this.#options.name}/${id}/${this.#connections}`, 0.5)) {
      time.after(this.#options.latencyMs * this.#chance.between(0.5, 2), () => socket.cut());
    }
    const outcome = await answered;
    timer.cancel();
    if (this.#asked.size === 0) this.#closeWhenIdle(socket);
    return outcome;
  }

  /** One socket, whoever waits for it. */
  async #opened(): Promise<SocketLine | null> {
    if (this.#socket?.isOpen === true) return this.#socket;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  #open(): Promise<SocketLine | null> {
    const line = this.#deps.connect(this.#options.latencyMs);
    if (line === null) return Promise.resolve(null);
    this.#connections += 1;
    return new Promise((resolve) => {
      const socket: SocketLine = new SocketLine(
        line,
        { secret: apiKey },
        {
          onOpen: () => {
            this.#socket = socket;
            resolve(socket);
          },
          onText: (text) => this.#take(text),
          onEnd: () => {
            resolve(null);
            this.#lose();
          },
        },
      );
      // One that hangs before it is open.
      this.#deps.context.time.after(timeoutMs, () => {
        if (!socket.isOpen) socket.cut();
      });
    });
  }

  #take(text: string): void {
    const { check, context } = this.#deps;
    const frame = JSON.parse(text) as ServerFrame;
    for (const problem of check.ofFrame(frame)) context.report(problem);
    if (frame.type !== 'tracked' && frame.type !== 'error') return;
    this.#answer(frame.id ?? '', frame);
  }

  #answer(id: string, outcome: Outcome): void {
    const resolve = this.#asked.get(id);
    this.#asked.delete(id);
    resolve?.(outcome);
  }

  #lose(): void {
    const waiting = [...this.#asked.values()];
    this.#asked.clear();
    for (const resolve of waiting) resolve(null);
  }

  #closeWhenIdle(socket: SocketLine): void {
    const before = this.#requests;
    this.#deps.context.time.after(idleMs, () => {
      if (this.#requests === before && this.#asked.size === 0) socket.close();
    });
  }
}
