import { maxScanned } from '../../core/delivery/page-limits.ts';
import { renderEvent } from '../../core/delivery/render-event.ts';
import { retentionOf } from '../../core/delivery/retention-rule.ts';
import type { EventRecord } from '../../core/records/event-record.ts';
import type { Origin } from '../../core/records/origin.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventFilter, EventPage, EventScope, HistoryPage, Place, ReadEvent } from '../../ports/event-reader.ts';
import { historyStretchMs } from '../../ports/history-store.ts';
import type { LaneCommit, LaneHold, Mailbox, MailboxRetained, NumberedRow } from '../../ports/mailbox.ts';

interface MemoryRow extends NumberedRow {
  readonly timeMs: number;
  /** As text: what was committed does not change with the object that it came from. */
  readonly record: string;
}

/** What a scope reads, oldest first. */
interface MemoryFeed {
  last: Place;
  trimmed: Place;
  rows: MemoryRow[];
}

interface MemoryStream extends MemoryFeed {
  readonly tenant: string;
  readonly subscriber: string;
}

interface MemoryLane {
  epoch: number;
  through: number;
  readonly origins: Map<string, Origin>;
}

/** The next commit fails as a store does that cannot be reached: before it took place, or with its answer lost. */
export type CommitFault = 'refused' | 'answer_lost';

/** A mailbox that lives as long as its process, and is shared by all who hold it: for tests of what stands on one. */
export class MemoryMailbox implements Mailbox {
  readonly #clock: Clock;
  readonly #lanes = new Map<number, MemoryLane>();
  readonly #streams = new Map<string, MemoryStream>();
  readonly #feeds = new Map<string, MemoryFeed>();
  readonly #acknowledged = new Map<string, Map<string, Place>>();
  /** What left the mailbox, by the tenant whose it was. */
  readonly #history = new Map<string, MemoryRow[]>();
  #nextFault: CommitFault | null = null;

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  failNextCommit(fault: CommitFault): void {
    this.#nextFault = fault;
  }

  async take(number: number): Promise<LaneHold> {
    const lane = this.#lanes.get(number) ?? { epoch: 0, through: 0, origins: new Map() };
    this.#lanes.set(number, lane);
    lane.epoch += 1;
    return { lane: number, epoch: lane.epoch, through: lane.through, origins: new Map(lane.origins) };
  }

  async commit(hold: LaneHold, { through, events, origins }: LaneCommit): Promise<readonly NumberedRow[]> {
    const fault = this.#nextFault;
    this.#nextFault = null;
    if (fault === 'refused') throw unavailable();
    const lane = this.#lanes.get(hold.lane);
    if (lane?.epoch !== hold.epoch) {
      const message = `Event lane ${hold.lane} has another owner by now: epoch ${hold.epoch} may write no more.`;
      throw new TxTrailError('lane_taken', message, { facts: { lane: hold.lane, epoch: hold.epoch } });
    }
    lane.through = through;
    for (const [source, origin] of origins) lane.origins.set(source, origin);
    const rows = events.map((event) => this.#number(event));
    if (fault === 'answer_lost') throw unavailable();
    return rows;
  }

  async bounds(scope: EventScope): Promise<{ oldest: Place; latest: Place }> {
    const { trimmed, last } = this.#feedOf(scope);
    return { oldest: trimmed, latest: last };
  }

  async latest(tenant: string, subscribers: readonly (string | null)[]): Promise<readonly Place[]> {
    return subscribers.map((subscriber) => this.#feedOf({ tenant, subscriber }).last);
  }

  async read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage> {
    const { trimmed, last, rows } = this.#feedOf(scope);
    if (after < trimmed) return { kind: 'too_old', oldest: trimmed };
    const events: ReadEvent[] = [];
    let through = after;
    for (const row of rows.slice(Math.max(0, after - trimmed)).slice(0, maxScanned)) {
      if (events.length === limit) break;
      through = placeIn(scope, row);
      const record = JSON.parse(row.record) as EventRecord;
      if (matches(record, filter)) events.push(readEvent(record, row.seq, through));
    }
    return { kind: 'page', events, through, hasMore: through < last };
  }

  async acknowledged(scope: EventScope, consumer: string): Promise<Place | null> {
    return this.#acknowledged.get(nameOf(scope))?.get(consumer) ?? null;
  }

  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<number | 'beyond_sent'> {
    if (upTo > this.#feedOf(scope).last) return 'beyond_sent';
    const consumers = this.#acknowledged.get(nameOf(scope)) ?? new Map<string, Place>();
    this.#acknowledged.set(nameOf(scope), consumers);
    const before = consumers.get(consumer) ?? 0;
    consumers.set(consumer, Math.max(upTo, before));
    return Math.max(0, upTo - before);
  }

  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    const streams = [...this.#streams.values()].filter((stream) => stream.tenant === tenant);
    const rows = [...(this.#history.get(tenant) ?? []), ...streams.flatMap((stream) => stream.rows)].sort(
      (left, right) => left.place - right.place,
    );
    const events = rows.flatMap(({ record, seq, place }) => {
      const event = JSON.parse(record) as EventRecord;
      return event.transactionId === transactionId && place > after ? [readEvent(event, seq, place)] : [];
    });
    const page = events.slice(0, limit);
    return { events: page, next: events.length > limit ? (page.at(-1)?.place ?? null) : null };
  }

  async retainHistory(nowMs: number, keepMs: number): Promise<boolean> {
    const before = stretchOf(nowMs - keepMs);
    for (const [tenant, rows] of this.#history) {
      this.#history.set(
        tenant,
        rows.filter(({ timeMs }) => stretchOf(timeMs) >= before),
      );
    }
    return false;
  }

  async retain(youngMs: number, oldMs: number): Promise<MailboxRetained> {
    const expired: MailboxRetained['expired'][number][] = [];
    let removed = 0;
    for (const stream of this.#streams.values()) {
      const { tenant, subscriber, trimmed } = stream;
      const verdict = retentionOf({
        trimmed,
        youngThrough: seqBefore(stream, ({ timeMs }) => timeMs >= youngMs),
        oldThrough: seqBefore(stream, ({ timeMs }) => timeMs >= oldMs),
        readThrough: this.#readByAll(stream),
      });
      if (verdict.expired !== null) expired.push({ tenant, subscriber, ...verdict.expired });
      removed += verdict.through - trimmed;
      this.#giveUp(stream, verdict.through);
    }
    return { removed, expired, more: false };
  }

  #number(event: EventRecord): NumberedRow {
    const { tenant, subscriber } = event;
    const name = nameOf({ tenant, subscriber });
    const stream = this.#streams.get(name) ?? { tenant, subscriber, last: 0, trimmed: 0, rows: [] };
    const feed = this.#feeds.get(tenant) ?? { last: 0, trimmed: 0, rows: [] };
    this.#streams.set(name, stream);
    this.#feeds.set(tenant, feed);
    stream.last += 1;
    feed.last += 1;
    const row = { seq: stream.last, place: feed.last, timeMs: this.#clock.now(), record: JSON.stringify(event) };
    stream.rows.push(row);
    feed.rows.push(row);
    return { seq: row.seq, place: row.place };
  }

  #feedOf(scope: EventScope): MemoryFeed {
    const feed = scope.subscriber === null ? this.#feeds.get(scope.tenant) : this.#streams.get(nameOf(scope));
    return feed ?? { last: 0, trimmed: 0, rows: [] };
  }

  #readByAll(stream: MemoryStream): number | null {
    const ofFeed = lowest(this.#acknowledged.get(nameOf({ tenant: stream.tenant, subscriber: null })));
    const read = [
      lowest(this.#acknowledged.get(nameOf(stream))),
      ofFeed === null ? null : seqBefore(stream, ({ place }) => place > ofFeed),
    ].filter((one) => one !== null);
    return read.length === 0 ? null : Math.min(...read);
  }

  #giveUp(stream: MemoryStream, through: number): void {
    const newestGone = stream.rows[through - stream.trimmed - 1];
    if (newestGone === undefined) return;
    const gone = stream.rows.filter(({ seq }) => seq <= through);
    this.#history.set(stream.tenant, [...(this.#history.get(stream.tenant) ?? []), ...gone]);
    stream.rows = stream.rows.filter(({ seq }) => seq > through);
    stream.trimmed = through;
    const feed = this.#feeds.get(stream.tenant);
    if (feed === undefined || feed.trimmed >= newestGone.place) return;
    // A whole tenant's readers see the gap as soon as one of its subscribers has one.
    feed.trimmed = newestGone.place;
    feed.rows = feed.rows.filter(({ place }) => place > newestGone.place);
  }
}

function stretchOf(timeMs: number): number {
  return Math.floor(timeMs / historyStretchMs);
}

function placeIn({ subscriber }: EventScope, { seq, place }: NumberedRow): Place {
  return subscriber === null ? place : seq;
}

/** The seq before the first event that the condition is true of; of the newest one where there is none. */
function seqBefore(stream: MemoryStream, condition: (row: MemoryRow) => boolean): number {
  const first = stream.rows.find(condition);
  return first === undefined ? stream.last : first.seq - 1;
}

function lowest(consumers: ReadonlyMap<string, Place> | undefined): Place | null {
  return consumers === undefined ? null : Math.min(...consumers.values());
}

function readEvent(record: EventRecord, seq: number, place: Place): ReadEvent {
  const { type, timeMs, evidence } = record;
  return { place, type, timeMs, json: renderEvent(record, seq), evidence };
}

function matches(record: EventRecord, { types, transaction, chain }: EventFilter): boolean {
  return (
    (types === undefined || types.includes(record.type)) &&
    (transaction === undefined || transaction === record.transactionId) &&
    (chain === undefined || chain === record.transaction.chain)
  );
}

function nameOf({ tenant, subscriber }: EventScope): string {
  return JSON.stringify([tenant, subscriber]);
}

function unavailable(): TxTrailError {
  return new TxTrailError('store_unavailable', 'The mailbox in memory was told to fail.', { retryable: true });
}
