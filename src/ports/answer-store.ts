/** An `Idempotency-Key` is good for a day. */
export const answerLifeMs = 24 * 3_600_000;

/**
 * Answers given under an `Idempotency-Key`, kept for `answerLifeMs`: same key and body, same answer,
 * also after a restart and on any node. `test/conformance/answer-store.ts` holds every adapter to it.
 */
export interface AnswerStore {
  find(tenant: string, key: string): Promise<StoredAnswer | null>;
  /**
   * Durable when it resolves, with the answer that counts from now on: the first that was kept under
   * the key. Another than the one given where the same key is used elsewhere at the same time.
   */
  keep(tenant: string, key: string, answer: StoredAnswer): Promise<StoredAnswer>;
}

export interface StoredAnswer {
  /** SHA-256 of method, path and body, hex. */
  readonly request: string;
  readonly status: number;
  readonly body: string;
}
