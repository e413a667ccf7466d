import type { Problem, Transaction } from '@txtrail/protocol';

export interface ErrorFacts {
  /** The HTTP status; null where no answer came. */
  readonly status?: number | null;
  readonly problem?: Problem | null;
  readonly traceparent?: string | null;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** Everything the client throws, but for the reasons of signals that the caller aborts itself. */
export class TxTrailClientError extends Error {
  override readonly name: string = 'TxTrailClientError';
  /** Stable: the server's own code where it answered with a problem. */
  readonly code!: string;
  /** The HTTP status; null where the fault is not an HTTP answer. */
  readonly status!: number | null;
  /** The server's answer by RFC 9457; null where there is none. */
  readonly problem!: Problem | null;
  /** The trace of the request, which the server's log lines name too; null where no answer came. */
  readonly traceparent!: string | null;
  /** Milliseconds that the server asked to wait (`Retry-After`); null where it did not. */
  readonly retryAfterMs!: number | null;

  constructor(code: string, message: string, facts: ErrorFacts = {}) {
    const { cause, status = null, problem = null, traceparent = null, retryAfterMs = null } = facts;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { code, status, problem, traceparent, retryAfterMs });
  }
}

/** The client was asked for something that cannot be: a mistake in the calling code. */
export class OptionsError extends TxTrailClientError {
  override readonly name = 'OptionsError';

  constructor(message: string) {
    super('invalid_options', message);
  }
}

/** The server refused: `code` and `problem` say why. Trying the same again will not help. */
export class RefusedError extends TxTrailClientError {
  override readonly name: string = 'RefusedError';
}

/** No valid answer came: the network, a timeout, a proxy, or a server that is not TxTrail. */
export class UnreachableError extends TxTrailClientError {
  override readonly name = 'UnreachableError';
}

/** Events after the cursor are no longer kept. What is still there begins at `oldestCursor`. */
export class CursorTooOldError extends RefusedError {
  override readonly name = 'CursorTooOldError';
  readonly oldestCursor: string;

  constructor(oldestCursor: string, facts: ErrorFacts = {}) {
    super(
      'cursor_too_old',
      'Events after this cursor are no longer kept. Read the present state of what you follow, then subscribe from ' +
        'oldestCursor; or pass onReset.',
      facts,
    );
    this.oldestCursor = oldestCursor;
  }
}

/** A wait ended without what was waited for; `transaction` is the last that is known of it. */
export class WaitError extends TxTrailClientError {
  override readonly name: string = 'WaitError';
  /** null: not even the registration was answered. */
  readonly transaction: Transaction | null;

  constructor(code: string, message: string, transaction: Transaction | null, cause?: unknown) {
    super(code, message, { cause });
    this.transaction = transaction;
  }
}

/** The time was over. The transaction is still tracked, and can be waited for again. */
export class WaitTimeoutError extends WaitError {
  override readonly name = 'WaitTimeoutError';
}

/** Another transaction took its nonce, and the caller did not want to follow that one. */
export class TransactionReplacedError extends WaitError {
  override readonly name = 'TransactionReplacedError';
}

/** It never reached the chain: every provider rejected it, or its validity ended. */
export class TransactionFailedError extends WaitError {
  override readonly name = 'TransactionFailedError';
}
