import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, in words: it stands in the error. */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** Adds what was seen to the error when the time is over. */
  readonly describe?: () => string;
}

/**
 * Asks again and again until `probe` gives something other than null, undefined or false. The limit
 * only keeps a broken run from hanging: nothing may be concluded from how long it took.
 *
 * @throws Error naming what was waited for, once the time is over
 */
export async function waitUntil<T>(
  probe: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, null | undefined | false>> {
  const deadline = performance.now() + (options.timeoutMs ?? 20_000);
  for (;;) {
    const value = await probe();
    if (value !== null && value !== undefined && value !== false) return value as Exclude<T, null | undefined | false>;
    if (performance.now() > deadline) {
      throw new Error(`waited in vain for ${options.what}${options.describe ? `\n${options.describe()}` : ''}`);
    }
    await sleep(options.everyMs ?? 25);
  }
}
