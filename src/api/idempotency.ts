import { createHash } from 'node:crypto';
import type { AnswerStore } from '../ports/answer-store.ts';
import { problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Caller } from './caller.ts';

/**
 * Writes under an `Idempotency-Key` (I16): the first answer is kept durably before it is given, and
 * the same key with the same request gets it again, byte by byte, also after a restart. While the
 * first is being worked on, others wait for it. Answers that invite another try (429 and 5xx) are
 * not kept. What waits is bounded by the requests in flight.
 */
export interface Idempotency {
  run(call: IdempotentCall, work: () => Promise<Answer>): Promise<Answer>;
}

export interface IdempotentCall {
  readonly caller: Caller;
  /** null: the caller gave no key, and the work simply runs. */
  readonly key: string | null;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array | null;
}

interface Running {
  readonly request: string;
  readonly done: Promise<void>;
}

const keyPattern = /^[\x20-\x7e]{1,255}$/;

export function createIdempotency(deps: { readonly answers: AnswerStore }): Idempotency {
  const running = new Map<string, Running>();

  async function runWithKey(call: IdempotentCall, given: string, work: () => Promise<Answer>): Promise<Answer> {
    const request = digestOf(call);
    const { tenant } = call.caller;
    const key = keptKey(call.caller, given);
    const name = `${tenant.length}:${tenant}${key}`;
    for (let other = running.get(name); other !== undefined; other = running.get(name)) {
      if (other.request !== request) return conflict();
      await other.done;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    running.set(name, { request, done: promise });
    try {
      const kept = await deps.answers.find(tenant, key);
      if (kept !== null) return kept.request === request ? again(kept) : conflict();
      const answer = await work();
      if (!isLasting(answer)) return answer;
      const own = { request, status: answer.status, body: answer.body };
      const counting = await deps.answers.keep(tenant, key, own);
      if (counting.request !== request) return conflict();
      // Another node was quicker with the same request: its answer is the one that is given from now on.
      return counting.status === own.status && counting.body === own.body ? answer : again(counting);
    } finally {
      running.delete(name);
      resolve();
    }
  }

  return {
    run: (call, work) => {
      if (call.key === null) return work();
      if (!keyPattern.test(call.key)) return Promise.resolve(invalidKey());
      return runWithKey(call, call.key, work);
    },
  };
}

/**
 * Tokens of different subscribers may send the same key with the same bytes and mean different
 * things. Neither a subscriber nor a key holds a line break, so nothing is kept under one name.
 */
function keptKey({ subscriber }: Caller, key: string): string {
  return subscriber === null ? key : `${subscriber}\n${key}`;
}

function again(kept: { readonly status: number; readonly body: string }): Answer {
  return { status: kept.status, body: kept.body, headers: { 'idempotent-replayed': 'true' } };
}

function isLasting(answer: Answer): boolean {
  return answer.status < 500 && answer.status !== 429;
}

function digestOf(call: IdempotentCall): string {
  const hash = createHash('sha256').update(`${call.method}\n${call.path}\n`);
  return (call.body === null ? hash : hash.update(call.body)).digest('hex');
}

function conflict(): Answer {
  return problemAnswer(problem('idempotency_conflict', 'Take a new Idempotency-Key for another request.'));
}

function invalidKey(): Answer {
  const errors = [{ path: '/headers/idempotency-key', message: 'must be 1 to 255 printable ASCII characters' }];
  return problemAnswer(problem('invalid_request', 'The Idempotency-Key cannot be used.', { errors }));
}
