import { Chance } from '../chance.ts';
import { strikes } from '../faults.ts';
import { apiKey } from '../seed-plan.ts';
import { isTryLater } from './answer-check.ts';
import type { ClientDeps } from './client-deps.ts';
import { mayTellOfDamage } from './damage-told.ts';
import { HttpLine, type HttpAnswer, type HttpAsk } from './http-line.ts';

export interface ApiClientOptions {
  readonly name: string;
  /** One way, milliseconds. */
  readonly latencyMs: number;
}

/** A call that is given up after so long, milliseconds; long polls wait longer. */
const timeoutMs = 10_000;

/** What it took until a call was answered. */
export interface Answered extends HttpAnswer {
  /** Calls before it that got no answer. */
  readonly unanswered: number;
}

/** A service that calls the HTTP API over one connection, and looks at every answer. */
export class ApiClient {
  readonly name: string;
  readonly #latencyMs: number;
  readonly #deps: ClientDeps;
  readonly #chance: Chance;
  #line: HttpLine | null = null;
  #calls = 0;
  #connections = 0;

  constructor(options: ApiClientOptions, deps: ClientDeps) {
    this.name = options.name;
    this.#latencyMs = options.latencyMs;
    this.#deps = deps;
    this.#chance = new Chance(deps.context.seed, `api/${options.name}`);
  }

  /** Asks until it is answered, as one does who must know. A call that could not be taken counts as unanswered too. */
  async askUntilAnswered(ask: HttpAsk): Promise<Answered> {
    for (let unanswered = 0; ; unanswered += 1) {
      const answer = await this.ask(ask);
      if (answer !== null && !isTryLater(answer)) return { ...answer, unanswered };
      await this.#deps.context.time.sleep(this.#chance.between(1_000, 5_000));
    }
  }

  /** One call; null: no answer came. @param waitMs what a long poll may wait beyond the usual */
  async ask(given: HttpAsk, waitMs = 0): Promise<HttpAnswer | null> {
    const { context } = this.#deps;
    const { trace, time, report } = context;
    const ask = { ...given, headers: { authorization: `Bearer ${apiKey}`, ...given.headers } };
    const line = this.#connected();
    if (line === null) return null;
    this.#calls += 1;
    const about = `${this.name}/${this.#calls}`;
    if (this.#isTorn(line, ask, about)) return null;
    const timer = time.after(timeoutMs + waitMs, () => line.cut());
    const answering = line.ask(ask);
    this.#harm(line, about);
    const answer = await answering;
    timer.cancel();
    trace.call(time.nowMs, this.name, ask, answer);
    if (answer === null) return null;
    for (const problem of this.#deps.check.ofAnswer(ask, answer)) report(problem);
    // Only what it cannot read may hinder it.
    if (answer.status === 500 && !mayTellOfDamage(context)) report(`${ask.method} ${ask.path} gave ${answer.text}`);
    return answer;
  }

  /** Loses its connection; the next call takes a new one. */
  drop(): void {
    this.#line?.cut();
  }

  #connected(): HttpLine | null {
    if (this.#line !== null && !this.#line.isOver) return this.#line;
    const { seed, armed } = this.#deps.context;
    this.#connections += 1;
    const isSlow = strikes(seed, armed.get('slow_line'), `${this.name}/${this.#connections}`);
    const end = this.#deps.connect(isSlow ? this.#chance.between(300, 1_500) : this.#latencyMs);
    this.#line = end === null ? null : new HttpLine(end);
    return this.#line;
  }

  /** The connection breaks in the middle of what is sent. */
  #isTorn(line: HttpLine, ask: HttpAsk, about: string): boolean {
    const { seed, armed, time } = this.#deps.context;
    if (!strikes(seed, armed.get('line_cut'), `request/${about}`, 0.3)) return false;
    this.#line = null;
    line.begin(ask, this.#chance.whole(1, 180));
    time.after(this.#chance.between(0, 3_000), () => line.cut());
    return true;
  }

  /** Before the answer comes, in the middle of it, or never mind. */
  #harm(line: HttpLine, about: string): void {
    const { seed, armed, time } = this.#deps.context;
    if (strikes(seed, armed.get('line_cut'), `answer/${about}`, 0.5)) {
      time.after(this.#latencyMs * this.#chance.between(0.5, 2) + this.#chance.between(0, 3), () => line.cut());
    } else if (strikes(seed, armed.get('half_open'), about, 0.3)) {
      time.after(this.#chance.between(0, this.#latencyMs * 2), () => line.fallSilent());
    }
  }
}
