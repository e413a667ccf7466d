import type { BlockReference, TxTrailEvent } from '@txtrail/protocol';

/** Why a verdict was reached, as the history tells it. */
export interface Evidence {
  readonly rule: string;
  readonly providers: readonly string[];
  readonly block: BlockReference | null;
}

/** An event of a transaction's history; one that was just heard live has its evidence later. */
export interface HistoryEvent extends TxTrailEvent {
  readonly evidence?: Evidence | null | undefined;
}

/** One history out of what was read and what was heard: each revision once, oldest first. */
export function mergeHistory(held: readonly HistoryEvent[], more: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const byRevision = new Map<number, HistoryEvent>();
  for (const event of [...held, ...more]) {
    const revision = event.revision ?? 0;
    const known = byRevision.get(revision);
    if (known === undefined || (known.evidence ?? null) === null) byRevision.set(revision, event);
  }
  return [...byRevision.values()].sort((one, other) => (one.revision ?? 0) - (other.revision ?? 0));
}
