import { errorCodes, type Problem, type ServerFrame, type TxTrailEvent } from '@txtrail/protocol';
import { undescribedAnswer } from '../../harness/described-answers.ts';
import { undescribed, undescribedEvent } from '../../harness/described-frames.ts';
import type { HttpAnswer, HttpAsk } from './http-line.ts';

/** What the server answers where it cannot do it just now, or not at all: the client asks again. */
export function isTryLater({ status }: HttpAnswer): boolean {
  return status >= 500;
}

/** The problem that an answer is; null: it is none. */
export function problemOf({ status, text }: HttpAnswer): Problem | null {
  return status >= 400 ? (JSON.parse(text) as Problem) : null;
}

/** So many of a kind are looked at member by member in a run, then one of so many more. */
const looksAtFirst = 2;
const looksAtOneOf = 16;

/**
 * Says what the contract does not say of what came: an unknown code, a status or a member too many.
 * Every problem is looked at, of the rest a sample, since a run has thousands and seeds are many.
 */
export class AnswerCheck {
  readonly #counts = new Map<string, number>();
  readonly #seen = new Set<string>();

  ofAnswer(ask: HttpAsk, answer: HttpAnswer): readonly string[] {
    const { status, headers, text } = answer;
    if (status >= 400) {
      const problem = asProblem(answer);
      if (problem === null) return [`${ask.method} ${ask.path} was answered ${status}, which is no problem: ${text}`];
      if (errorCodes[problem.code]?.status !== status)
        return [`${ask.method} ${ask.path}: ${status} with ${problem.code}`];
    }
    const route = ask.path.split('?')[0]?.replaceAll(/tx_\w+/g, 'ID') ?? '';
    // The events of a page are looked at one by one, once each.
    const isPage = status === 200 && route === '/v1/events';
    if (isPage || !this.#isTime(`${ask.method} ${route} ${status}`)) return [];
    return undescribedAnswer(ask, { status, text, headers: { get: (name: string) => headers[name] ?? null } });
  }

  ofFrame(frame: ServerFrame): readonly string[] {
    return this.#isTime(`frame ${frame.type}`) ? undescribed([frame]) : [];
  }

  ofEvent(event: TxTrailEvent): readonly string[] {
    if (this.#seen.has(event.id)) return [];
    this.#seen.add(event.id);
    return this.#isTime(event.type) ? undescribedEvent(event) : [];
  }

  #isTime(kind: string): boolean {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count <= looksAtFirst || count % looksAtOneOf === 0;
  }
}

function asProblem({ headers, text }: HttpAnswer): Problem | null {
  return (headers['content-type'] ?? '').startsWith('application/problem+json') ? (JSON.parse(text) as Problem) : null;
}
