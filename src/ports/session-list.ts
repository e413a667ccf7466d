export interface LiveSession {
  readonly id: string;
  /** What its node says of it. */
  readonly text: string;
}

/**
 * Who is connected right now, on any node: a session that is not put again in time has ended. Entries
 * may be lost. `test/conformance/session-list.ts` holds every adapter to it. Never throws.
 */
export interface SessionList {
  /** Takes the place of the session's last entry. */
  put(tenant: string, subscriber: string, session: LiveSession, ttlMs: number): Promise<void>;
  remove(tenant: string, subscriber: string, id: string): Promise<void>;
  /** In the order of their ids; null: not to be known now. */
  list(tenant: string, subscriber: string): Promise<readonly LiveSession[] | null>;
}
