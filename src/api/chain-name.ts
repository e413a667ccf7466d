import type { ChainReport, TrackerService } from '../ports/tracker-service.ts';

/** The CAIP-2 id of a followed chain, given by that or by its name; null: it is not followed. */
export function canonicalChain(tracker: TrackerService, name: string): string | null {
  return findChain(tracker, name)?.chain ?? null;
}

export function findChain(tracker: TrackerService, name: string): ChainReport | null {
  return tracker.chains().find((report) => report.chain === name || report.name === name) ?? null;
}
