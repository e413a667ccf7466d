import { performance } from 'node:perf_hooks';
import type { Clock } from '../../ports/clock.ts';

/** The machine's own time. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
  };
}
