import type { ArmedFault, FaultName } from './faults.ts';
import type { ClientJudge } from './judge.ts';
import type { SeedPlan } from './seed-plan.ts';
import type { SimulatedTime } from './time/simulated-time.ts';
import type { Trace } from './trace.ts';

/** What the script of a true chain tells of it, each thing once and in its order. Times are simulated milliseconds. */
export interface ChainTruth {
  /** A block was built, on whatever branch. */
  block(block: ToldBlock, atMs: number): void;
  /** The canonical chain ends in this block from now on. */
  head(hash: string, atMs: number): void;
  /** The chain itself calls this block, and all below it, safe, or final. */
  safe(hash: string, atMs: number): void;
  finalized(hash: string, atMs: number): void;
  /** A sender made it, whoever was shown it yet. */
  made(transaction: ToldTransaction): void;
  /** It came into the pool, and left it without being mined. */
  pool(transaction: ToldTransaction, atMs: number): void;
  evicted(hash: string, atMs: number): void;
}

export interface ToldTransaction {
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
  readonly to: string | null;
  /** Wei. */
  readonly value: bigint;
  readonly input: string;
}

export interface ToldBlock {
  readonly hash: string;
  readonly parentHash: string;
  readonly number: number;
  /** Unix milliseconds, the block's own claim. */
  readonly timestampMs: number;
  readonly transactions: readonly (ToldTransaction & { readonly execution: 'success' | 'reverted' })[];
}

/** Who must be told what happens, to judge it. */
export interface Judge extends ClientJudge {
  /** By the chain's CAIP-2 id. */
  truth(chain: string): ChainTruth;
  /** The process ended, in whichever way. */
  crashed(atMs: number): void;
}

/** What every part of a run shares. */
export interface Context {
  readonly seed: number;
  readonly plan: SeedPlan;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  /** The faults of this run; empty once everything must settle. */
  readonly armed: ReadonlyMap<FaultName, ArmedFault>;
  readonly judge: Judge;
  /** A broken promise, in words; the run goes on and fails at its end. */
  readonly report: (problem: string) => void;
  /** A "sometimes" state was reached. */
  readonly reach: (state: string) => void;
}
