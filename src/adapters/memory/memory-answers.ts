import { type AnswerStore, answerLifeMs, type StoredAnswer } from '../../ports/answer-store.ts';
import type { Clock } from '../../ports/clock.ts';

/** Answers that live as long as their process, for tests of what stands on a store of them. */
export class MemoryAnswers implements AnswerStore {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly timeMs: number; readonly answer: StoredAnswer }>();

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  async find(tenant: string, key: string): Promise<StoredAnswer | null> {
    return this.#alive(nameOf(tenant, key));
  }

  async keep(tenant: string, key: string, answer: StoredAnswer): Promise<StoredAnswer> {
    const kept = this.#alive(nameOf(tenant, key));
    if (kept !== null) return kept;
    this.#kept.set(nameOf(tenant, key), { timeMs: this.#clock.now(), answer });
    return answer;
  }

  /** Lets go of answers whose day is over. */
  async dropOld(): Promise<boolean> {
    for (const name of [...this.#kept.keys()]) if (this.#alive(name) === null) this.#kept.delete(name);
    return false;
  }

  #alive(name: string): StoredAnswer | null {
    const kept = this.#kept.get(name);
    return kept !== undefined && kept.timeMs > this.#clock.now() - answerLifeMs ? kept.answer : null;
  }
}

function nameOf(tenant: string, key: string): string {
  return JSON.stringify([tenant, key]);
}
