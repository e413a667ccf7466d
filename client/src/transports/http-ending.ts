import { CursorTooOldError, RefusedError, TxTrailClientError, UnreachableError } from '../errors.ts';
import { isPassing, retryAfterMs } from '../http-caller.ts';
import type { Retry } from '../retry.ts';
import type { Ending } from './transport.ts';

/** What a failed request means for the subscription that made it. */
export function endingOf(error: unknown, retry: Retry, livedMs: number): Ending {
  if (error instanceof CursorTooOldError) {
    return { kind: 'reset', reason: error.code, oldestCursor: error.oldestCursor };
  }
  const isOurs = error instanceof TxTrailClientError;
  // A path that the server does not know is no refusal of the subscription: another transport may do.
  const isMissing = error instanceof RefusedError && error.status === 404;
  if (error instanceof RefusedError && !isPassing(error) && !isMissing) return { kind: 'refused', error };
  retry.failed(livedMs, retryAfterMs(error));
  return {
    kind: 'lost',
    error: isOurs ? error : new UnreachableError('unreachable', 'The connection broke; see cause.', { cause: error }),
    // A problem of the server's came through, so the way is open.
    blamesTransport:
      livedMs === 0 && (isMissing || !(isOurs && (error.problem !== null || error.code === 'token_unavailable'))),
    connection: {},
    retryInMs: retry.remainingMs(),
  };
}
