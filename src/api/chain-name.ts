import { problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { ChainReport, TrackerService } from '../ports/tracker-service.ts';

/** The CAIP-2 id of a followed chain, given by that or by its name; null: it is not followed. */
export function canonicalChain(tracker: TrackerService, name: string): string | null {
  return findChain(tracker, name)?.chain ?? null;
}

export function findChain(tracker: TrackerService, name: string): ChainReport | null {
  return tracker.chains().find((report) => report.chain === name || report.name === name) ?? null;
}

/** The answer to a filter by a chain that is not followed. */
export function unknownChain(): Answer {
  const errors = [{ path: '/chain', message: 'must be a preset name or CAIP-2 id of a configured chain' }];
  return problemAnswer(problem('unknown_chain', 'The chain is not configured here.', { errors }));
}
