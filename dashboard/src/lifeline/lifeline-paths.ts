import type { LifelinePlaces } from './lifeline-layout.ts';
import type { Lifeline } from './lifeline-model.ts';

export const lineYPx = 44;
/** Branches that came to nothing hang below, as orphaned blocks do on the ribbon. */
const branchYPx = 148;

export function laneY(lane: 0 | 1): number {
  return lane === 0 ? lineYPx : branchYPx;
}

/** A stretch between two steps of one lane that follow each other. */
export interface LifelineSpan {
  readonly key: string;
  readonly lane: 0 | 1;
  readonly fromX: number;
  readonly toX: number;
  /** Milliseconds; null where a mark without words stands at an end, or there is no room. */
  readonly text: number | null;
}

const leastTextPx = 60;
const wordsPx = 44;

export function spansOf({ steps, branches }: Lifeline, { xs }: LifelinePlaces): readonly LifelineSpan[] {
  const branchStarts = new Set(branches.map(({ firstStep }) => firstStep));
  const last: [number | null, number | null] = [null, null];
  let lastMajor: [number | null, number | null] = [null, null];
  const spans: LifelineSpan[] = [];
  for (const [index, { key, lane, isMinor, timeMs }] of steps.entries()) {
    if (branchStarts.has(index)) {
      last[1] = null;
      lastMajor = [lastMajor[0], null];
    }
    const from = last[lane];
    if (from !== null) spans.push({ key, lane, fromX: xs[from] ?? 0, toX: xs[index] ?? 0, text: null });
    const major = lastMajor[lane];
    if (!isMinor && major !== null) {
      const fromX = xs[major] ?? 0;
      const toX = xs[index] ?? 0;
      const text = toX - fromX < leastTextPx ? null : timeMs - (steps[major]?.timeMs ?? timeMs);
      spans.push({ key: `${key} text`, lane, fromX, toX, text });
    }
    last[lane] = index;
    if (!isMinor) lastMajor[lane] = index;
  }
  return spans;
}

export interface BranchPath {
  readonly key: string;
  /** From the line down to the branch. */
  readonly out: string;
  /** From its end back to the line. */
  readonly back: string;
  /** The tip of the way back. */
  readonly arrow: string;
}

/** A branch leaves the line after a step, and leads back to where the transaction stood before it. */
export function branchPaths({ branches, steps }: Lifeline, { xs, upcomingXs }: LifelinePlaces): readonly BranchPath[] {
  return branches.map(({ fromStep, firstStep, lastStep, backToStep }) => {
    const fromX = xs[fromStep] ?? 0;
    const firstX = xs[firstStep] ?? 0;
    const lastX = xs[lastStep] ?? 0;
    const nextX = backToStep === null ? upcomingXs[0] : xs[backToStep];
    const backX = nextX === undefined ? lastX : (lastX + nextX) / 2;
    // Right of the words that stand under the step.
    const outX = Math.min(fromX + wordsPx, (fromX + firstX) / 2);
    return {
      key: steps[firstStep]?.key ?? String(firstStep),
      out: `M${outX} ${lineYPx}C${outX} ${branchYPx - 24} ${outX} ${branchYPx} ${firstX} ${branchYPx}`,
      back: `M${lastX} ${branchYPx}C${backX} ${branchYPx} ${backX} ${branchYPx - 30} ${backX} ${lineYPx + 8}`,
      arrow: `M${backX - 4} ${lineYPx + 9}L${backX} ${lineYPx + 1}L${backX + 4} ${lineYPx + 9}z`,
    };
  });
}
