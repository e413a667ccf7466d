import type { Lifeline } from './lifeline-model.ts';

export interface LifelinePlaces {
  readonly widthPx: number;
  /** By the index of the step. */
  readonly xs: readonly number[];
  /** Those to come, after the steps. */
  readonly upcomingXs: readonly number[];
}

/** Words need so much room; a mark without words, less. */
const majorGapPx = 86;
const minorGapPx = 30;
const marginPx = 38;

/**
 * Where each step stands along the line. Real spans reach from milliseconds to days, so distances
 * grow by their logarithm and never fall below what the words need: order and proportion are seen,
 * the spans themselves are written between the steps.
 */
export function placeLifeline(lifeline: Lifeline, availablePx: number): LifelinePlaces {
  const { steps, upcoming } = lifeline;
  const gaps = steps.slice(1).map((step, index) => {
    const previous = steps[index] as (typeof steps)[number];
    const least = step.isMinor || previous.isMinor ? minorGapPx : majorGapPx;
    return {
      least,
      weight: step.isMinor ? 0.3 : 1 + Math.log10(1 + Math.max(0, step.timeMs - previous.timeMs) / 1000),
    };
  });
  const ahead = upcoming.map(() => ({ least: majorGapPx, weight: 1 }));
  const all = [...gaps, ...ahead];
  const least = all.reduce((total, gap) => total + gap.least, 0);
  const weights = all.reduce((total, gap) => total + gap.weight, 0);
  const spare = Math.max(0, availablePx - 2 * marginPx - least);
  let x = marginPx;
  const xs = [x];
  for (const gap of all) {
    x += gap.least + (weights === 0 ? 0 : (spare * gap.weight) / weights);
    xs.push(Math.round(x * 10) / 10);
  }
  const widthPx = Math.max(availablePx, x + marginPx);
  return { widthPx: Math.round(widthPx), xs: xs.slice(0, steps.length), upcomingXs: xs.slice(steps.length) };
}
