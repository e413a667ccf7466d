import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import type { Clock, Scheduler } from '../../src/ports/clock.ts';

/**
 * Time that runs `speed` times faster than the machine's, wall clock and timers alike, so that a
 * test of a silence of ten seconds need not be silent for ten.
 */
export function fastTime(speed: number): { readonly clock: Clock; readonly scheduler: Scheduler } {
  const clock = createSystemClock();
  const scheduler = createTimerScheduler();
  const startMs = clock.now();
  return {
    clock: { now: () => startMs + (clock.now() - startMs) * speed, monotonic: () => clock.monotonic() * speed },
    scheduler: {
      after: (delayMs, task) => scheduler.after(delayMs / speed, task),
      sleep: (delayMs, signal) => scheduler.sleep(delayMs / speed, signal),
    },
  };
}
