import type { EventRecord } from '../core/records/event-record.ts';
import type { Origin } from '../core/records/origin.ts';
import type { EventFilter, EventPage, EventScope, Place } from './event-reader.ts';
import type { HistoryStore } from './history-store.ts';

/** A lane as its new owner found it. */
export interface LaneHold {
  readonly lane: number;
  /** Commits under a lower one fail from now on. */
  readonly epoch: number;
  /** Every record of `events/<lane>` below this offset was taken. */
  readonly through: number;
  /** The last record taken of each source. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** What is committed together: rows with their numbers, the position, the last of each source (P09). */
export interface LaneCommit {
  readonly through: number;
  /** In the order of `events/<lane>`, those that are newer than the last of their source. */
  readonly events: readonly EventRecord[];
  /** The last record taken of each source that is in the batch. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface NumberedRow {
  readonly seq: number;
  /** In the order of all the tenant's events. */
  readonly place: Place;
}

/**
 * Where numbered events stand until they were read, shared by every node. Sharded by event lane: one
 * owner writes a lane, anybody reads. `test/conformance/mailbox.ts` holds every adapter to it.
 *
 * All calls throw TxTrailError `store_unavailable` (retryable) where the service cannot be reached in time; a
 * commit may then have taken place: whoever must know takes the lane again.
 */
export interface Mailbox extends HistoryStore {
  /** The claim of a new owner: commits of older epochs fail once it resolved (P10). */
  take(lane: number): Promise<LaneHold>;

  /**
   * Gives every event its `seq` (1, 2, 3… per subscriber) and place, all or nothing, durable when it
   * resolves.
   * @throws TxTrailError `lane_taken` where another took the lane since
   */
  commit(hold: LaneHold, batch: LaneCommit): Promise<readonly NumberedRow[]>;

  /** `oldest`: the place just before the oldest event kept. `latest`: of the newest event (or `oldest`). */
  bounds(scope: EventScope): Promise<{ readonly oldest: Place; readonly latest: Place }>;
  /** `latest` of so many scopes of a tenant (null: the whole tenant), in the order asked; at most 1,000 in one call. */
  latest(tenant: string, subscribers: readonly (string | null)[]): Promise<readonly Place[]>;
  /** As `EventReader.read`. */
  read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage>;
  acknowledged(scope: EventScope, consumer: string): Promise<Place | null>;
  /**
   * Durable when it resolves. Gives how many events the consumer had not acknowledged before, 0 where
   * the place is at or below what it had. `beyond_sent`: above everything numbered in the scope;
   * nothing changes then.
   */
  acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<number | 'beyond_sent'>;

  /**
   * Gives up what retention allows: events numbered before `youngMs` that every known consumer has,
   * and all numbered before `oldMs`; those of the latter that a known consumer had not acknowledged
   * are told. What goes stays in the history. A bounded piece of work a call; `more` says that there is more to do.
   */
  retain(youngMs: number, oldMs: number): Promise<MailboxRetained>;
}

export interface MailboxRetained {
  readonly removed: number;
  readonly expired: readonly {
    readonly tenant: string;
    readonly subscriber: string;
    readonly fromSeq: number;
    readonly throughSeq: number;
  }[];
  readonly more: boolean;
}
