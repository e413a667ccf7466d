import type { Context } from '../context.ts';
import type { LineEnd } from '../world/line.ts';
import type { AnswerCheck } from './answer-check.ts';
import type { Bounds } from './bounds.ts';
import type { Notes } from './notes.ts';

/** What every client of the crowd works with. */
export interface ClientDeps {
  readonly context: Context;
  /** Opens a connection; null: nobody listens. */
  readonly connect: (latencyMs: number) => LineEnd | null;
  /** Starts of the process so far: a change of it between two moments was a crash or a restart. */
  readonly lives: () => number;
  readonly check: AnswerCheck;
  readonly notes: Notes;
  readonly bounds: Bounds;
  /** The highest number that a consumer of a subscriber has acknowledged, or is about to, by whichever reader. */
  readonly acknowledgedSeqs: Map<string, number>;
}
