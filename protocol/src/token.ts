/** The body of `POST /v1/tokens`. */
export interface TokenRequest {
  /** The one subscriber that the token reads and registers for. */
  readonly subscriber: string;
  /** At most 3600, which is also what holds where it is left out. */
  readonly ttlSeconds?: number | undefined;
}

/** The answer of `POST /v1/tokens`: what a browser uses instead of the tenant's key. */
export interface SubscriberToken {
  /** Begins `txs_`. */
  readonly token: string;
  readonly subscriber: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}
