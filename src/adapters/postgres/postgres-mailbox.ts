import { maxScanned } from '../../core/delivery/page-limits.ts';
import { renderEvent } from '../../core/delivery/render-event.ts';
import type { EventRecord } from '../../core/records/event-record.ts';
import type { Origin } from '../../core/records/origin.ts';
import { assert } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventFilter, EventPage, EventScope, HistoryPage, Place, ReadEvent } from '../../ports/event-reader.ts';
import type { LaneCommit, LaneHold, Mailbox, MailboxRetained, NumberedRow } from '../../ports/mailbox.ts';
import {
  acknowledgedBy,
  acknowledgeUpTo,
  boundsOf,
  type HistoryRow,
  historyOf,
  keepOrigins,
  type LastNumber,
  latestOf,
  moveLane,
  type PageRow,
  pageOf,
  type Remaining,
  storeEvents,
  takeLane,
} from './mailbox-statements.ts';
import { MailboxSweep } from './mailbox-sweep.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import { dropHistory } from './retention-statements.ts';
import type { Statement, StatementResult } from './statement.ts';

export interface PostgresMailboxDeps {
  readonly connections: PostgresConnections;
  readonly clock: Clock;
}

const repeatable = { isRepeatable: true };
/** A second time would number the events once more. */
const once = { isRepeatable: false };

/** The mailbox in PostgreSQL: numbers are given by the database, in the transaction that stores them. */
export class PostgresMailbox implements Mailbox {
  readonly #connections: PostgresConnections;
  readonly #clock: Clock;
  readonly #sweep: MailboxSweep;

  constructor({ connections, clock }: PostgresMailboxDeps) {
    this.#connections = connections;
    this.#clock = clock;
    this.#sweep = new MailboxSweep(connections);
  }

  async take(lane: number): Promise<LaneHold> {
    const [taken, kept] = await this.#connections.asWorker(takeLane(lane), repeatable);
    const [row] = rowsOf<{ readonly epoch: number; readonly through: number }>(taken);
    assert(row !== undefined, `lane ${lane} was taken and not told`);
    const origins = rowsOf<Origin>(kept).map((origin) => [origin.source, origin] as const);
    return { lane, ...row, origins: new Map(origins) };
  }

  async commit(hold: LaneHold, batch: LaneCommit): Promise<readonly NumberedRow[]> {
    const { events } = batch;
    const remaining = remainingAfter(events);
    const statements = [moveLane(hold, batch.through), keepOrigins(hold, batch)];
    if (events.length > 0) statements.push(storeEvents(hold, batch, remaining, this.#clock.now()));
    const [moved, , stored] = await this.#connections.asWorker(statements, once);
    if (moved?.count !== 1) throw laneTaken(hold);
    const last = new Map(
      rowsOf<LastNumber>(stored).map((row) => [nameOf(row.tenant, row.subscriber), row.last] as const),
    );
    return events.map(({ tenant, subscriber }, index) => {
      const after = remaining[index];
      const lastSeq = last.get(nameOf(tenant, subscriber));
      const lastPlace = last.get(nameOf(tenant, null));
      assert(after !== undefined && lastSeq !== undefined && lastPlace !== undefined, 'an event was not numbered');
      return { seq: lastSeq - after.ofSubscriber, place: lastPlace - after.ofTenant };
    });
  }

  async bounds(scope: EventScope): Promise<{ oldest: Place; latest: Place }> {
    const [row] = await this.#read<{ oldest: Place; latest: Place }>(scope.tenant, boundsOf(scope));
    assert(row !== undefined, 'the bounds of a scope are one row');
    return row;
  }

  async latest(tenant: string, subscribers: readonly (string | null)[]): Promise<readonly Place[]> {
    const rows = await this.#read<{ latest: Place }>(tenant, latestOf(tenant, subscribers));
    return rows.map(({ latest }) => latest);
  }

  async read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage> {
    const rows = await this.#read<PageRow>(scope.tenant, pageOf(scope, after, { limit, scanned: maxScanned, filter }));
    const bounds = rows[0];
    assert(bounds !== undefined, 'a page tells its bounds');
    const { oldest, latest } = bounds;
    if (after < oldest) return { kind: 'too_old', oldest };
    const events = rows.flatMap((row) => (row.place === null ? [] : [readEvent(row.record, row.seq, row.place)]));
    const lastPlace = events.length === limit ? events.at(-1)?.place : undefined;
    const through = lastPlace ?? Math.max(after, Math.min(after + maxScanned, latest));
    return { kind: 'page', events, through, hasMore: through < latest };
  }

  async acknowledged(scope: EventScope, consumer: string): Promise<Place | null> {
    const [row] = await this.#read<{ up_to: Place }>(scope.tenant, acknowledgedBy(scope, consumer));
    return row?.up_to ?? null;
  }

  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<number | 'beyond_sent'> {
    const [row] = await this.#read<{ newly: number | null }>(scope.tenant, acknowledgeUpTo(scope, consumer, upTo));
    return row?.newly ?? 'beyond_sent';
  }

  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    const rows = await this.#read<HistoryRow>(tenant, historyOf(tenant, transactionId, after, limit + 1));
    const events = rows.slice(0, limit).map(({ record, seq, place }) => readEvent(record, seq, place));
    return { events, next: rows.length > limit ? (events.at(-1)?.place ?? null) : null };
  }

  async retainHistory(nowMs: number, keepMs: number): Promise<boolean> {
    // Whole partitions go, all that may, in one statement.
    await this.#connections.asWorker([dropHistory(nowMs - keepMs)], repeatable);
    return false;
  }

  retain(youngMs: number, oldMs: number): Promise<MailboxRetained> {
    return this.#sweep.next(youngMs, oldMs);
  }

  /** One statement on behalf of a tenant; also an acknowledgement may take place twice. */
  async #read<Row>(tenant: string, statement: Statement): Promise<readonly Row[]> {
    const [result] = await this.#connections.asTenant(tenant, [statement], repeatable);
    return rowsOf<Row>(result);
  }
}

function rowsOf<Row>(result: StatementResult | undefined): readonly Row[] {
  return (result?.rows ?? []) as readonly Row[];
}

/** Counted from the end, since the database gives the last number of the batch. */
function remainingAfter(events: readonly EventRecord[]): readonly Remaining[] {
  const counts = new Map<string, number>();
  const count = (name: string): number => {
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    return before;
  };
  return events
    .toReversed()
    .map(({ tenant, subscriber }) => ({
      ofSubscriber: count(nameOf(tenant, subscriber)),
      ofTenant: count(nameOf(tenant, null)),
    }))
    .toReversed();
}

function nameOf(tenant: string, subscriber: string | null): string {
  return JSON.stringify([tenant, subscriber]);
}

function readEvent(text: string, seq: number, place: Place): ReadEvent {
  const record = JSON.parse(text) as EventRecord;
  const { type, timeMs, evidence } = record;
  return { place, type, timeMs, json: renderEvent(record, seq), evidence };
}

function laneTaken({ lane, epoch }: LaneHold): TxTrailError {
  const message = `Event lane ${lane} has another owner by now: epoch ${epoch} may write no more.`;
  return new TxTrailError('lane_taken', message, { facts: { lane, epoch } });
}
