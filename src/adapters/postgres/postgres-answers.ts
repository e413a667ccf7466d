import { assert } from '../../lib/assert.ts';
import { type AnswerStore, answerLifeMs, type StoredAnswer } from '../../ports/answer-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import type { Statement } from './statement.ts';

const repeatable = { isRepeatable: true };
/** Answers that go in one call. */
const dropChunk = 5_000;

/** Answers under idempotency keys in PostgreSQL, the same on every node. */
export class PostgresAnswers implements AnswerStore {
  readonly #connections: PostgresConnections;
  readonly #clock: Clock;

  constructor(deps: { readonly connections: PostgresConnections; readonly clock: Clock }) {
    this.#connections = deps.connections;
    this.#clock = deps.clock;
  }

  async find(tenant: string, key: string): Promise<StoredAnswer | null> {
    const [found] = await this.#connections.asTenant(tenant, [findAnswer(tenant, key, this.#aliveMs())], repeatable);
    return ((found?.rows ?? []) as readonly StoredAnswer[])[0] ?? null;
  }

  async keep(tenant: string, key: string, answer: StoredAnswer): Promise<StoredAnswer> {
    const aliveMs = this.#aliveMs();
    const statements = [keepAnswer(tenant, key, answer, aliveMs), findAnswer(tenant, key, aliveMs)];
    const [, found] = await this.#connections.asTenant(tenant, statements, repeatable);
    const [counting] = (found?.rows ?? []) as readonly StoredAnswer[];
    assert(counting !== undefined, 'an answer was kept and is not there');
    return counting;
  }

  /** Lets go of answers whose day is over, a bounded piece a call; true where there is more to do. */
  async dropOld(): Promise<boolean> {
    const [dropped] = await this.#connections.asWorker([dropAnswers(this.#aliveMs())], repeatable);
    return dropped?.count === dropChunk;
  }

  /** Answers of this moment and before are over. */
  #aliveMs(): number {
    return this.#clock.now() - answerLifeMs;
  }
}

function findAnswer(tenant: string, key: string, aliveMs: number): Statement {
  return {
    name: 'find_answer',
    text: 'SELECT request, status, body FROM answers WHERE tenant = $1 AND key = $2 AND kept_ms > $3',
    values: [tenant, key, aliveMs],
  };
}

/** The first one stays, unless its day is over. */
function keepAnswer(tenant: string, key: string, answer: StoredAnswer, aliveMs: number): Statement {
  return {
    name: 'keep_answer',
    text: `
      INSERT INTO answers AS a (tenant, key, request, status, body, kept_ms) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (tenant, key) DO UPDATE SET
        request = excluded.request, status = excluded.status, body = excluded.body, kept_ms = excluded.kept_ms
      WHERE a.kept_ms <= $7`,
    values: [tenant, key, answer.request, answer.status, answer.body, aliveMs + answerLifeMs, aliveMs],
  };
}

function dropAnswers(aliveMs: number): Statement {
  return {
    name: 'drop_answers',
    text: `
      DELETE FROM answers WHERE (tenant, key) IN (
        SELECT tenant, key FROM answers WHERE kept_ms <= $1 ORDER BY kept_ms LIMIT $2
      )`,
    values: [aliveMs, dropChunk],
  };
}
