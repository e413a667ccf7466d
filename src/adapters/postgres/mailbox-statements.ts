import type { EventFilter, EventScope, Place } from '../../ports/event-reader.ts';
import type { LaneCommit, LaneHold } from '../../ports/mailbox.ts';
import type { Statement } from './statement.ts';

/** The subscriber under which acknowledgements of a whole tenant's consumers stand. */
export const wholeTenant = '';

/** Raises the lane's epoch. It waits for a commit that is under way, so what is read after it stands. */
export function takeLane(lane: number): readonly Statement[] {
  return [
    {
      name: 'take_lane',
      text: `
        INSERT INTO lanes AS l (lane, epoch, through) VALUES ($1, 1, 0)
        ON CONFLICT (lane) DO UPDATE SET epoch = l.epoch + 1
        RETURNING epoch, through`,
      values: [lane],
    },
    {
      name: 'lane_origins',
      text: 'SELECT source, position, ordinal FROM lane_origins WHERE lane = $1',
      values: [lane],
    },
  ];
}

/** The fence: changes a row only where the epoch still is the owner's, and holds it until the commit (P10). */
export function moveLane(hold: LaneHold, through: number): Statement {
  return {
    name: 'move_lane',
    text: 'UPDATE lanes SET through = $3 WHERE lane = $1 AND epoch = $2',
    values: [hold.lane, hold.epoch, through],
  };
}

/** Writes nothing where the fence did not hold, as all that follows it. */
export function keepOrigins(hold: LaneHold, { origins }: LaneCommit): Statement {
  const kept = [...origins.values()];
  return {
    name: 'keep_origins',
    text: `
      INSERT INTO lane_origins (lane, source, position, ordinal)
      SELECT l.lane, g.source, g.position, g.ordinal
      FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS g (source, position, ordinal)
      CROSS JOIN (SELECT lane FROM lanes WHERE lane = $1 AND epoch = $2) AS l
      ON CONFLICT (lane, source) DO UPDATE SET position = excluded.position, ordinal = excluded.ordinal`,
    values: [
      hold.lane,
      hold.epoch,
      kept.map(({ source }) => source),
      kept.map(({ position }) => position),
      kept.map(({ ordinal }) => ordinal),
    ],
  };
}

/** A subscriber's or (null) a whole tenant's last number, as `storeEvents` left it. */
export interface LastNumber {
  readonly tenant: string;
  readonly subscriber: string | null;
  readonly last: number;
}

/** How many events come after each one in the batch, of its subscriber and of its tenant. */
export interface Remaining {
  readonly ofSubscriber: number;
  readonly ofTenant: number;
}

/**
 * Numbers and stores a batch: the counters of subscribers and tenants move by what the batch has of
 * each, and an event's number is the new last one less what comes after it. A tenant's counter stays
 * locked until the commit, so places become visible in their order, and none later than a higher one.
 * Counters are locked in the order of their names, whoever commits.
 */
export function storeEvents(
  hold: LaneHold,
  { events }: LaneCommit,
  remaining: readonly Remaining[],
  numberedMs: number,
): Statement {
  const streams = counts(events.map(({ tenant, subscriber }) => JSON.stringify([tenant, subscriber])));
  const streamNames = streams.names.map((name) => JSON.parse(name) as [string, string]);
  const feeds = counts(events.map(({ tenant }) => tenant));
  return {
    name: 'store_events',
    text: storeEventsText,
    values: [
      hold.lane,
      hold.epoch,
      streamNames.map(([tenant]) => tenant),
      streamNames.map(([, subscriber]) => subscriber),
      streams.counts,
      feeds.names,
      feeds.counts,
      numberedMs,
      events.map(({ tenant }) => tenant),
      events.map(({ subscriber }) => subscriber),
      remaining.map(({ ofSubscriber }) => ofSubscriber),
      remaining.map(({ ofTenant }) => ofTenant),
      events.map(({ type }) => type),
      events.map(({ transactionId }) => transactionId),
      events.map(({ transaction }) => transaction.chain),
      events.map((event) => JSON.stringify(event)),
    ],
  };
}

const storeEventsText = `
  WITH held AS (
    SELECT lane FROM lanes WHERE lane = $1 AND epoch = $2
  ), counted AS (
    INSERT INTO streams AS s (tenant, subscriber, last_seq)
    SELECT g.tenant, g.subscriber, g.count
    FROM unnest($3::text[], $4::text[], $5::bigint[]) AS g (tenant, subscriber, count) CROSS JOIN held
    ON CONFLICT (tenant, subscriber) DO UPDATE SET last_seq = s.last_seq + excluded.last_seq
    RETURNING tenant, subscriber, last_seq
  ), placed AS (
    INSERT INTO feeds AS f (tenant, last_place)
    SELECT g.tenant, g.count
    FROM unnest($6::text[], $7::bigint[]) AS g (tenant, count) CROSS JOIN held
    ON CONFLICT (tenant) DO UPDATE SET last_place = f.last_place + excluded.last_place
    RETURNING tenant, last_place
  ), stored AS (
    INSERT INTO mailbox
      (tenant, subscriber, seq, place, numbered_ms, type, transaction_id, chain, record)
    SELECT g.tenant, g.subscriber, counted.last_seq - g.after_in_stream, placed.last_place - g.after_in_feed,
      $8::bigint, g.type, g.transaction_id, g.chain, g.record
    FROM unnest($9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::text[])
      AS g (tenant, subscriber, after_in_stream, after_in_feed, type, transaction_id, chain, record)
    JOIN counted USING (tenant, subscriber)
    JOIN placed USING (tenant)
  )
  SELECT tenant, subscriber, last_seq AS last FROM counted
  UNION ALL
  SELECT tenant, NULL, last_place FROM placed`;

/** How often each name comes, in the order of the names. */
function counts(names: readonly string[]): { readonly names: readonly string[]; readonly counts: readonly number[] } {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  const sorted = [...found].sort(([left], [right]) => (left < right ? -1 : 1));
  return { names: sorted.map(([name]) => name), counts: sorted.map(([, count]) => count) };
}

export function boundsOf(scope: EventScope): Statement {
  return scope.subscriber === null
    ? { name: 'bounds_of_tenant', text: `SELECT * FROM (${tenantBounds}) AS b`, values: [scope.tenant] }
    : {
        name: 'bounds_of_subscriber',
        text: `SELECT * FROM (${subscriberBounds}) AS b`,
        values: [scope.tenant, scope.subscriber],
      };
}

const subscriberBounds = `
  SELECT
    coalesce((SELECT trimmed FROM stream_trims WHERE tenant = $1 AND subscriber = $2), 0) AS oldest,
    coalesce((SELECT last_seq FROM streams WHERE tenant = $1 AND subscriber = $2), 0) AS latest`;

const tenantBounds = `
  SELECT
    coalesce((SELECT trimmed FROM feed_trims WHERE tenant = $1), 0) AS oldest,
    coalesce((SELECT last_place FROM feeds WHERE tenant = $1), 0) AS latest`;

/** One look-up in an index for each, where a join might rather go through all streams of the tenant. */
export function latestOf(tenant: string, subscribers: readonly (string | null)[]): Statement {
  return {
    name: 'latest_of',
    text: `
      SELECT coalesce(CASE WHEN g.subscriber IS NULL
        THEN (SELECT last_place FROM feeds WHERE tenant = $1)
        ELSE (SELECT s.last_seq FROM streams AS s WHERE s.tenant = $1 AND s.subscriber = g.subscriber)
      END, 0) AS latest
      FROM unnest($2::text[]) WITH ORDINALITY AS g (subscriber, number)
      ORDER BY g.number`,
    values: [tenant, subscribers],
  };
}

/** A row of `pageOf`: the bounds, and an event unless there is none. */
export interface PageRow {
  readonly oldest: number;
  readonly latest: number;
  readonly place: Place | null;
  readonly seq: number;
  readonly record: string;
}

/** Bounds and events of one moment: places have no gap, so the next `scanned` of them are what is looked at. */
export function pageOf(
  { tenant, subscriber }: EventScope,
  after: Place,
  options: { readonly limit: number; readonly scanned: number; readonly filter: EventFilter },
): Statement {
  const { types = null, transaction = null, chain = null } = options.filter;
  const values = [tenant, subscriber, after, after + options.scanned, options.limit, types, transaction, chain];
  return subscriber === null
    ? {
        name: 'page_of_tenant',
        text: pageText(tenantBounds, 'm.place', '$2::text IS NULL'),
        values,
      }
    : {
        name: 'page_of_subscriber',
        text: pageText(subscriberBounds, 'm.seq', 'm.subscriber = $2'),
        values,
      };
}

/** `place` is the column that the scope is read by; all three parts are texts of this file. */
function pageText(bounds: string, place: string, whose: string): string {
  return `
  SELECT b.oldest, b.latest, e.place, e.seq, e.record
  FROM (${bounds}) AS b
  LEFT JOIN LATERAL (
    SELECT ${place} AS place, m.seq, m.record FROM mailbox AS m
    WHERE m.tenant = $1 AND ${whose} AND ${place} > $3 AND ${place} <= $4
      AND ($6::text[] IS NULL OR m.type = ANY ($6))
      AND ($7::text IS NULL OR m.transaction_id = $7)
      AND ($8::text IS NULL OR m.chain = $8)
    ORDER BY ${place} LIMIT $5
  ) AS e ON true
  ORDER BY e.place`;
}

export function acknowledgedBy({ tenant, subscriber }: EventScope, consumer: string): Statement {
  return {
    name: 'acknowledged_by',
    text: 'SELECT up_to FROM acknowledgements WHERE tenant = $1 AND subscriber = $2 AND consumer = $3',
    values: [tenant, subscriber ?? wholeTenant, consumer],
  };
}

/**
 * Gives how many events it is about that were not acknowledged before, null where the place is none
 * that was numbered; else it is kept, and only forward (P14).
 */
export function acknowledgeUpTo({ tenant, subscriber }: EventScope, consumer: string, upTo: Place): Statement {
  const bounds = subscriber === null ? tenantBounds : subscriberBounds;
  return {
    name: subscriber === null ? 'acknowledge_of_tenant' : 'acknowledge_of_subscriber',
    text: `
      WITH b AS (${bounds}), kept AS (
        INSERT INTO acknowledgements AS a (tenant, subscriber, consumer, up_to)
        SELECT $1::text, $2::text, $3::text, $4::bigint FROM b WHERE $4::bigint <= b.latest
        ON CONFLICT (tenant, subscriber, consumer) DO UPDATE SET up_to = excluded.up_to
        WHERE a.up_to < excluded.up_to
      )
      SELECT CASE WHEN $4::bigint <= b.latest THEN greatest(0, $4::bigint - coalesce((
        SELECT up_to FROM acknowledgements WHERE tenant = $1 AND subscriber = $2 AND consumer = $3
      ), 0)) END AS newly FROM b`,
    values: [tenant, subscriber ?? wholeTenant, consumer, upTo],
  };
}

export interface HistoryRow {
  readonly place: Place;
  readonly seq: number;
  readonly record: string;
}

export function historyOf(tenant: string, transactionId: string, after: Place, limit: number): Statement {
  return {
    name: 'history_of',
    text: `
      SELECT * FROM (
        (SELECT place, seq, record FROM history
         WHERE tenant = $1 AND transaction_id = $2 AND place > $3 ORDER BY place LIMIT $4)
        UNION ALL
        (SELECT place, seq, record FROM mailbox
         WHERE tenant = $1 AND transaction_id = $2 AND place > $3 ORDER BY place LIMIT $4)
      ) AS h
      ORDER BY place LIMIT $4`,
    values: [tenant, transactionId, after, limit],
  };
}
