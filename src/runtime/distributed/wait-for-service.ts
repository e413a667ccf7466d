import { TxTrailError } from '../../lib/error.ts';
import { doublingDelayMs } from '../../lib/retry-delay.ts';
import { pause } from '../../lib/pause.ts';
import type { Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

const retryBounds = { baseMs: 250, maxMs: 5_000 };

/**
 * Opens a service as soon as it is there, in whatever order things are started: while it cannot be
 * reached, it waits and says so; whatever waiting does not mend is thrown.
 */
export async function waitForService<Service>(
  name: string,
  open: () => Promise<Service>,
  deps: { readonly scheduler: Scheduler; readonly logger: Logger },
  end: AbortSignal,
  onWaiting: (reason: string) => void,
): Promise<Service> {
  const ended = new Promise<never>((_, reject) => {
    end.addEventListener('abort', () => reject(new Error('told to end')), { once: true });
  });
  ended.catch(() => {
    // Where nothing waits any more, nobody needs to hear of the end.
  });
  for (let attempt = 1; ; attempt += 1) {
    end.throwIfAborted();
    try {
      return await Promise.race([open(), ended]);
    } catch (error) {
      if (!(error instanceof TxTrailError && error.retryable)) throw error;
      onWaiting(`it waits for ${name}: ${error.message}`);
      if (attempt === 1) deps.logger.warn(`waiting for ${name}`, { reason: error.message });
      await pause(deps.scheduler, doublingDelayMs(attempt, retryBounds), end);
    }
  }
}
