import type { Evidence } from '../core/records/event-record.ts';
import type { Awaitable } from '../lib/awaitable.ts';

/** Whose events: one subscriber's, or (null) the whole tenant's, ordered per subscriber. */
export interface EventScope {
  readonly tenant: string;
  readonly subscriber: string | null;
}

/**
 * A place in what a scope reads: the seq of a subscriber's event, or a log position for a whole
 * tenant. "After 0" is before the first. The gateway signs places into cursors.
 */
export type Place = number;

export interface EventFilter {
  readonly types?: readonly string[] | undefined;
  readonly transaction?: string | undefined;
  /** CAIP-2. */
  readonly chain?: string | undefined;
}

export interface ReadEvent {
  readonly place: Place;
  readonly type: string;
  /** When it was decided, Unix milliseconds. */
  readonly timeMs: number;
  /** The event's JSON, byte-equal whenever it is read. */
  readonly json: string;
  readonly evidence: Evidence;
}

export type EventPage =
  | {
      readonly kind: 'page';
      readonly events: readonly ReadEvent[];
      /** How far was read, with or without a match: go on after this. Never below `after`. */
      readonly through: Place;
      /** True when there is more to read right now. */
      readonly hasMore: boolean;
    }
  | { readonly kind: 'too_old'; readonly oldest: Place };

/** Numbered events, read at the reader's own pace, and what consumers have acknowledged. */
export interface EventReader {
  /** `oldest`: the place just before the oldest event kept. `latest`: of the newest event (or `oldest`). */
  bounds(scope: EventScope): Awaitable<EventBounds>;
  /** Events after a place, oldest first. `after` below `oldest` is `too_old`. */
  read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage>;
  /** What the consumer has acknowledged; null: it never did. */
  acknowledged(scope: EventScope, consumer: string): Awaitable<Place | null>;
  /**
   * Durable when it resolves. `beyond_sent`: above everything that anybody read in this scope (what
   * was numbered before this process began counts as read); nothing changes then. A place at or
   * below what is acknowledged changes nothing and is `acknowledged`.
   */
  acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'>;
  /**
   * Calls back (at least) whenever an event was numbered in the scope, and, where another process takes
   * acknowledgements as well, some time after `acknowledged` was asked of it; returns the way to stop.
   */
  watch(scope: EventScope, listener: () => void): () => void;
  /** Every event of one tracked transaction that is kept, oldest first. */
  history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage>;
}

export interface EventBounds {
  readonly oldest: Place;
  readonly latest: Place;
}

export interface HistoryPage {
  readonly events: readonly ReadEvent[];
  readonly next: number | null;
}
