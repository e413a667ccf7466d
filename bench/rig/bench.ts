import type { Cores } from './cores.ts';
import type { LoadClients } from './load-clients.ts';

/** `full` is what the results page shows; `quick` only proves that a bench works. */
export type BenchSize = 'full' | 'quick';

/** Something that must be so, or the figures beside it mean nothing. */
export interface Check {
  readonly what: string;
  readonly expected: number | string;
  readonly actual: number | string;
}

export interface BenchOutcome<Figures> {
  readonly figures: Figures;
  readonly checks: readonly Check[];
}

export interface BenchContext {
  readonly size: BenchSize;
  readonly cores: Cores;
  readonly clients: LoadClients;
  /** A directory for whatever a bench writes; removed at the end of the run. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

export interface Bench<Figures> {
  readonly name: string;
  /** What it needs and this machine does not have, in words; null: it can run. Left out: it needs nothing besides. */
  readonly missing?: () => string | null;
  run(context: BenchContext): Promise<BenchOutcome<Figures>>;
  /** The bench's part of the results page, from its figures alone. */
  section(figures: Figures): string;
}

export function brokenChecks(checks: readonly Check[]): readonly string[] {
  return checks
    .filter(({ expected, actual }) => expected !== actual)
    .map(({ what, expected, actual }) => `${what}: ${expected} expected, ${actual} found`);
}
