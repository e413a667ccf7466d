import { CursorTooOldError, RefusedError, TxTrailClientError, UnreachableError } from '../errors.ts';
import { isPassing } from '../http-caller.ts';
import type { Retry } from '../retry.ts';
import type { Ending } from './transport.ts';

/** What a failed request means for the subscription that made it. */
export function endingOf(reason: unknown, retry: Retry): Ending {
  if (reason instanceof CursorTooOldError) {
    return { kind: 'reset', reason: reason.code, oldestCursor: reason.oldestCursor };
  }
  const error =
    reason instanceof TxTrailClientError
      ? reason
      : new UnreachableError('unreachable', String(reason), { cause: reason });
  // A path that the server does not know is no refusal of the subscription: another transport may do.
  const isMissing = error.status === 404;
  if (error instanceof RefusedError && !isPassing(error) && !isMissing) return { kind: 'refused', error };
  const wasLive = retry.failed(error.retryAfterMs ?? 0);
  // A problem of the server's came through, so the way is open; so it may be where no token was to be had.
  const isOpen = error.problem !== null || error.code === 'token_unavailable';
  return {
    kind: 'lost',
    error,
    blamesTransport: !wasLive && (isMissing || !isOpen),
    connection: error,
    retryInMs: retry.remainingMs(),
  };
}
