/** RFC 9457 `application/problem+json`, with a stable `code`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** Present on 422: each mistake with the JSON path where it stands. */
  readonly errors?: readonly FieldError[];
  /** Present on 410 `cursor_too_old`. */
  readonly oldestCursor?: string;
}

export interface FieldError {
  /** `/` separated (RFC 6901), such as `/transactions/3/hash`; the empty string is the whole body. */
  readonly path: string;
  readonly message: string;
}

/** Every error code with its HTTP status and title; `docs/reference/errors.md` explains each. */
export const errorCodes = {
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  bad_request: { status: 400, title: 'The request cannot be parsed' },
  unauthorized: { status: 401, title: 'A valid key or token is needed' },
  token_expired: { status: 401, title: 'The token has expired' },
  forbidden: { status: 403, title: 'The token may not do this' },
  other_origin: { status: 403, title: 'Only for the own page on this machine' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The path does not take this method' },
  transaction_conflict: { status: 409, title: 'Already tracked with other options' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used with another body' },
  cursor_too_old: { status: 410, title: 'The cursor is older than the oldest event kept' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  invalid_request: { status: 422, title: 'The request has mistakes' },
  invalid_raw_transaction: { status: 422, title: 'The raw transaction cannot be accepted' },
  unknown_chain: { status: 422, title: 'The chain is not configured' },
  invalid_cursor: { status: 422, title: 'The cursor is not one of ours' },
  ack_beyond_sent: { status: 422, title: 'The acknowledgement is beyond what was sent' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  overloaded: { status: 503, title: 'Too much work is waiting' },
  unavailable: { status: 503, title: 'A service behind it cannot be reached' },
  shutting_down: { status: 503, title: 'The server is shutting down' },
} as const;

export type ErrorCode = keyof typeof errorCodes;
