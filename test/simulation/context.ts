import type { ArmedFault, FaultName } from './faults.ts';
import type { SeedPlan } from './seed-plan.ts';
import type { SimulatedTime } from './time/simulated-time.ts';
import type { Trace } from './trace.ts';

/** What every part of a run shares. */
export interface Context {
  readonly seed: number;
  readonly plan: SeedPlan;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  /** The faults of this run; empty once everything must settle. */
  readonly armed: ReadonlyMap<FaultName, ArmedFault>;
  /** A broken promise, in words; the run goes on and fails at its end. */
  readonly report: (problem: string) => void;
  /** A "sometimes" state was reached. */
  readonly reach: (state: string) => void;
}
