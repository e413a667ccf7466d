import type { TrackRequest, Transaction } from '@txtrail/protocol';
import type { ClientDeps } from './client-deps.ts';

export interface FollowedOptions {
  readonly request: TrackRequest;
  /** Of the request, or of its raw transaction. */
  readonly hash: string;
}

/** One transaction that a client follows for one subscriber: what was asked and answered, one thing after another. */
export class Followed {
  readonly request: TrackRequest;
  readonly hash: string;
  readonly #deps: ClientDeps;
  #shown: Transaction | null = null;
  #isTracked = false;
  #registrations = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: FollowedOptions, deps: ClientDeps) {
    this.request = options.request;
    this.hash = options.hash;
    this.#deps = deps;
  }

  /** As the last answer showed it; null: none came yet. */
  get shown(): Transaction | null {
    return this.#shown;
  }

  /** A 2xx said so, and nobody has asked for the end of it since. */
  get isTracked(): boolean {
    return this.#isTracked;
  }

  /** How often a 2xx said that it is tracked. */
  get registrations(): number {
    return this.#registrations;
  }

  /** Everything that was planned with it is done. */
  get idle(): Promise<void> {
    return this.#work;
  }

  /** Does something with it once what was planned before is done. */
  plan(task: () => Promise<void>): void {
    this.#work = this.#work.then(task);
  }

  asking(): void {
    const { judge, time } = this.#deps.context;
    judge.asked({ request: this.request, hash: this.hash, atMs: time.nowMs });
  }

  registered(answer: Transaction): void {
    const { judge, time, reach } = this.#deps.context;
    this.#report(judge.registered({ request: this.request, answer, atMs: time.nowMs }));
    if (this.#shown !== null && !this.#isTracked) reach('registered again after untracking');
    if (this.#shown === null && answer.blockNumber !== null) reach('late registration');
    if (this.#shown !== null && this.#shown.id !== answer.id) {
      this.#report([`§3 ${this.hash} had the id ${this.#shown.id}, and got ${answer.id} when it was registered again`]);
    }
    this.#shown = answer;
    this.#isTracked = true;
    this.#registrations += 1;
  }

  changed(answer: Transaction): void {
    const { judge, time } = this.#deps.context;
    this.#report(judge.changed(answer.id, answer, time.nowMs));
    this.#shown = answer;
  }

  read(answer: Transaction): void {
    this.#report(this.#deps.context.judge.shown(answer));
    this.#shown = answer;
  }

  untracking(id: string): void {
    this.#deps.context.judge.untracking(id);
    this.#isTracked = false;
  }

  untracked(id: string): void {
    this.#deps.context.judge.untracked(id, this.#deps.context.time.nowMs);
  }

  #report(problems: readonly string[]): void {
    for (const problem of problems) this.#deps.context.report(problem);
  }
}
