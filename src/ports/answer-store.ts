/** Answers given under an `Idempotency-Key`, kept for a day: same key and body, same answer, also after a restart. */
export interface AnswerStore {
  find(tenant: string, key: string): StoredAnswer | null;
  /** Durable when it resolves. */
  keep(tenant: string, key: string, answer: StoredAnswer): Promise<void>;
}

export interface StoredAnswer {
  /** SHA-256 of method, path and body, hex. */
  readonly request: string;
  readonly status: number;
  readonly body: string;
}
