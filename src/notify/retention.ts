import type { LaneRunner } from './lane-runner.ts';

export interface RetentionOptions {
  /** Events younger than this are always kept, milliseconds. */
  readonly minAgeMs: number;
  /** Events older than this are given up even where a known consumer has not acknowledged them. */
  readonly maxAgeMs: number;
}

/** The contract's: at least 72 hours and until every known consumer has acknowledged, at most 30 days. */
export const defaultRetention: RetentionOptions = { minAgeMs: 72 * 3_600_000, maxAgeMs: 30 * 24 * 3_600_000 };

/**
 * Gives up the events that may go, and tells the oldest log position that an event still needs
 * (null: none does). `young` and `old` are the positions of the two ages.
 */
export function trimEvents(lanes: LaneRunner, young: number, old: number): number | null {
  let oldestKept: number | null = null;
  for (const lane of lanes.lanes()) {
    for (const stream of lane.streams()) {
      const { tenant, subscriber } = stream;
      const ofTenant = lanes.lane(tenant, null).lowestAcknowledged(tenant, null);
      const ofSubscriber = lane.lowestAcknowledged(tenant, subscriber);
      const read = Math.min(
        ofTenant === null ? Number.POSITIVE_INFINITY : stream.seqBelow(ofTenant + 1),
        ofSubscriber ?? Number.POSITIVE_INFINITY,
      );
      const through = Math.max(Math.min(stream.seqBelow(young), read), stream.seqBelow(old));
      const before = stream.positions().slice(0, Math.max(0, through - stream.oldestPlace));
      lane.trim(stream, through);
      trimFeed(lanes, tenant, before.at(-1) ?? null);
      const oldest = stream.oldestPosition;
      if (oldest !== null) oldestKept = Math.min(oldest, oldestKept ?? oldest);
    }
  }
  return oldestKept;
}

/** A whole tenant's readers see the gap as soon as one of its subscribers has one. */
function trimFeed(lanes: LaneRunner, tenant: string, position: number | null): void {
  if (position === null) return;
  const feed = lanes.feed(tenant);
  feed.trimmed = Math.max(feed.trimmed, position);
  feed.positions.dropFirst(feed.positions.indexAbove(position));
}
