import { TxTrailError } from '../../lib/error.ts';
import type { Scheduler } from '../../ports/clock.ts';

/**
 * Gives up waiting after `timeoutMs`. What is waited for goes on, and its end is heard by nobody.
 * @throws TxTrailError `store_unavailable` (retryable)
 */
export async function within<Value>(
  work: Promise<Value>,
  timeoutMs: number,
  scheduler: Scheduler,
  what: string,
): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = scheduler.after(timeoutMs, () =>
    reject(unavailable(`${what}: no answer within ${timeoutMs} ms`, undefined)),
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
  }
}

/** The message names an address and never a credential. */
export function unavailable(message: string, cause: unknown): TxTrailError {
  return new TxTrailError('store_unavailable', `Redis cannot be reached. ${message}`, { retryable: true, cause });
}
