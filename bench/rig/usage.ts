import { readFileSync } from 'node:fs';
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

/** The kernel counts in these, on every machine that this runs on (`getconf CLK_TCK`). */
const ticksPerSecond = 100;

/** Processor time of a process and its threads so far, user and system, seconds; to a hundredth. */
export function cpuSecondsOf(processId: number): number {
  const text = readFileSync(`/proc/${processId}/stat`, 'utf8');
  // The name stands in brackets and may hold anything; the numbers follow it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
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
