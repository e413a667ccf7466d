import type { Judge } from './context.ts';
import type { SimulatedTime } from './time/simulated-time.ts';
import type { TraceEntry } from './trace.ts';

/** Somebody who watches a run in order to tell of it. Nothing of the run depends on whether one is there. */
export interface Witness {
  /** Everything that passes a port. */
  keep(entry: TraceEntry): void;
  /** A judge that hands everything on to this one, and that the witness hears. */
  hearing(judge: Judge, time: SimulatedTime): Judge;
  /** A broken promise, in words. */
  problem(atMs: number, text: string): void;
}
