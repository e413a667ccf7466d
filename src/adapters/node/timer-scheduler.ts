import type { Scheduler, Timer } from '../../ports/clock.ts';

export interface TimerSchedulerOptions {
  /** False: a waiting timer does not keep the process from ending. Default true, so that nobody's sleep ends a process. */
  readonly keepsProcessAlive?: boolean;
}

/** Node fires a longer timer at once, so a longer wait is made of several. */
const longestTimerMs = 2 ** 31 - 1;

/** Callbacks by the event loop's timers, for delays of any length. A negative delay counts as 0. */
export function createTimerScheduler(options: TimerSchedulerOptions = {}): Scheduler {
  const keepsProcessAlive = options.keepsProcessAlive ?? true;

  function after(delayMs: number, task: () => void): Timer {
    let handle: NodeJS.Timeout;
    function arm(remainingMs: number): void {
      const step = Math.min(remainingMs, longestTimerMs);
      handle = setTimeout(() => (remainingMs > step ? arm(remainingMs - step) : task()), step);
      if (!keepsProcessAlive) handle.unref();
    }
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  }

  return { after, sleep: (delayMs, signal) => sleep(after, delayMs, signal) };
}

/** Resolves after the delay; rejects with the signal's reason as soon as it aborts. */
function sleep(after: Scheduler['after'], delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      timer.cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
