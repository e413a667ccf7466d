import type { EventLane } from '../core/delivery/event-lane.ts';
import type { EventStream } from '../core/delivery/event-stream.ts';
import { retentionOf } from '../core/delivery/retention-rule.ts';
import type { Logger } from '../ports/logger.ts';
import type { LaneRunner } from './lane-runner.ts';

export interface RetentionOptions {
  /** Events younger than this are always kept, milliseconds. */
  readonly minAgeMs: number;
  /** Events older than this are given up even where a known consumer has not acknowledged them. */
  readonly maxAgeMs: number;
}

/** The contract's: at least 72 hours and until every known consumer has acknowledged, at most 30 days. */
export const defaultRetention: RetentionOptions = { minAgeMs: 72 * 3_600_000, maxAgeMs: 30 * 24 * 3_600_000 };

/** Of a subscriber's events, those that left although a known consumer had not acknowledged them. */
export interface ExpiredEvents {
  readonly tenant: string;
  readonly subscriber: string;
  readonly fromSeq: number;
  readonly throughSeq: number;
}

export interface Retained {
  /** The oldest log position that an event still needs; null: none does. */
  readonly oldestKept: number | null;
  readonly expired: readonly ExpiredEvents[];
}

/** More lines than this say nothing more; the metric counts them all. */
const maxExpiredLines = 20;

/**
 * Gives up the events that may go. `young` and `old` are the log positions of the two ages: what
 * stands below `old` goes, what stands below `young` goes once every known consumer has it.
 */
export function trimEvents(lanes: LaneRunner, young: number, old: number): Retained {
  let oldestKept: number | null = null;
  const expired: ExpiredEvents[] = [];
  const feedsThrough = new Map<string, number>();
  for (const lane of lanes.lanes()) {
    for (const stream of lane.streams()) {
      const { tenant, subscriber } = stream;
      const verdict = retentionOf({
        trimmed: stream.oldestPlace,
        youngThrough: stream.seqBelow(young),
        oldThrough: stream.seqBelow(old),
        readThrough: readByAll(lanes, lane, stream),
      });
      if (verdict.expired !== null) expired.push({ tenant, subscriber, ...verdict.expired });
      const newestGone = lane.trim(stream, verdict.through);
      if (newestGone !== null) feedsThrough.set(tenant, Math.max(newestGone, feedsThrough.get(tenant) ?? 0));
      const oldest = stream.oldestPosition;
      if (oldest !== null) oldestKept = Math.min(oldest, oldestKept ?? oldest);
    }
  }
  for (const [tenant, position] of feedsThrough) trimFeed(lanes, tenant, position);
  return { oldestKept, expired };
}

/** Tells the operator what consumers lost; until there is a dead letter queue, this is its only trace. */
export function logExpired(expired: readonly ExpiredEvents[], logger: Logger): void {
  for (const { tenant, subscriber, fromSeq, throughSeq } of expired.slice(0, maxExpiredLines)) {
    logger.warn('events left unacknowledged at the end of their retention', {
      tenant,
      subscriber,
      fromSeq,
      throughSeq,
    });
  }
  if (expired.length > maxExpiredLines) {
    logger.warn('more subscribers lost unacknowledged events', { subscribers: expired.length - maxExpiredLines });
  }
}

/** The seq up to which every known consumer, its own and the whole tenant's, has acknowledged; null: none is known. */
function readByAll(lanes: LaneRunner, lane: EventLane, stream: EventStream): number | null {
  const { tenant, subscriber } = stream;
  const ofTenant = lanes.lane(tenant, null).lowestAcknowledged(tenant, null);
  const ofSubscriber = lane.lowestAcknowledged(tenant, subscriber);
  const read = [ofTenant === null ? null : stream.seqBelow(ofTenant + 1), ofSubscriber].filter((one) => one !== null);
  return read.length === 0 ? null : Math.min(...read);
}

/** A whole tenant's readers see the gap as soon as one of its subscribers has one. */
function trimFeed(lanes: LaneRunner, tenant: string, position: number): void {
  const feed = lanes.feed(tenant);
  feed.trimmed = Math.max(feed.trimmed, position);
  feed.positions.dropFirst(feed.positions.indexAbove(position));
}
