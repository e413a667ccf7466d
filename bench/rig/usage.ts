import { readdirSync, readFileSync } from 'node:fs';
import { rounded } from './figures.ts';
import type { LoopTime } from './inspector.ts';

/** What a process took between two moments. */
export interface Usage {
  /** Cores: 1 is one core the whole time. More than 1 means that threads beside the event loop worked. */
  readonly cpuShare: number;
  /** Of the time, how much the event loop was busy, 0 to 1. */
  readonly loopShare: number;
}

export interface UsageMark {
  readonly timeMs: number;
  readonly cpuSeconds: number;
  readonly loop: LoopTime;
}

/** Processor time of a process and its threads so far, user and system, seconds. */
export function cpuSecondsOf(processId: number): number {
  const folder = `/proc/${processId}/task`;
  // The scheduler's own count is in nanoseconds; `stat` has hundredths of a second only.
  const nanoseconds = readdirSync(folder).map((thread) =>
    Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

export function usageBetween(before: UsageMark, after: UsageMark): Usage {
  const active = after.loop.active - before.loop.active;
  const idle = after.loop.idle - before.loop.idle;
  const seconds = (after.timeMs - before.timeMs) / 1_000;
  return {
    cpuShare: rounded((after.cpuSeconds - before.cpuSeconds) / seconds, 2),
    loopShare: rounded(active / Math.max(1, active + idle), 2),
  };
}
