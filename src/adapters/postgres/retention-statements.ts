import { historyStretchMs } from '../../ports/history-store.ts';
import { wholeTenant } from './mailbox-statements.ts';
import type { Statement } from './statement.ts';

/** A subscriber's stream as retention looks at it, no further than `chunk` events. */
export interface AgedStream {
  readonly tenant: string;
  readonly subscriber: string;
  readonly trimmed: number;
  readonly youngThrough: number;
  readonly oldThrough: number;
  /** null: no consumer of the subscriber, or of the whole tenant, is known. */
  readonly ownRead: number | null;
  readonly feedRead: number | null;
}

export interface AgedStreamsQuery extends StreamPage {
  /** Streams that are looked into. */
  readonly most: number;
  /** Events of one stream. */
  readonly chunk: number;
  readonly youngMs: number;
  readonly oldMs: number;
}

export interface StreamPage {
  readonly after: StreamName;
  readonly limit: number;
}

export interface StreamName {
  readonly tenant: string;
  readonly subscriber: string;
}

const streamPage =
  'SELECT tenant, subscriber, last_seq FROM streams WHERE (tenant, subscriber) > ($1, $2) ORDER BY tenant, subscriber LIMIT $3';

/**
 * Of a page of streams, in the order of their names, the first whose oldest event is of an age to go.
 * Each stream of the page costs a look at one event, and each that is given a scan of what may go.
 */
export function agedStreams({ after, limit, most, chunk, youngMs, oldMs }: AgedStreamsQuery): Statement {
  return {
    name: 'aged_streams',
    text: `
      SELECT s.tenant, s.subscriber, t.trimmed,
        coalesce(${seqBefore('m.numbered_ms >= $5')}, t.reach) AS "youngThrough",
        coalesce(${seqBefore('m.numbered_ms >= $6')}, t.reach) AS "oldThrough",
        (SELECT min(a.up_to) FROM acknowledgements AS a WHERE a.tenant = s.tenant AND a.subscriber = s.subscriber)
          AS "ownRead",
        CASE WHEN f.place IS NOT NULL THEN coalesce(${seqBefore('m.place > f.place')}, t.reach) END AS "feedRead"
      FROM (
        SELECT p.tenant, p.subscriber, p.last_seq, coalesce(st.trimmed, 0) AS trimmed
        FROM (${streamPage}) AS p
        LEFT JOIN stream_trims AS st ON st.tenant = p.tenant AND st.subscriber = p.subscriber
        WHERE greatest($5::bigint, $6::bigint) > (
          SELECT m.numbered_ms FROM mailbox AS m
          WHERE m.tenant = p.tenant AND m.subscriber = p.subscriber AND m.seq > coalesce(st.trimmed, 0)
          ORDER BY m.seq LIMIT 1
        )
        ORDER BY p.tenant, p.subscriber LIMIT $7
      ) AS s
      CROSS JOIN LATERAL (SELECT s.trimmed, least(s.last_seq, s.trimmed + $4::bigint) AS reach) AS t
      CROSS JOIN LATERAL (
        SELECT min(a.up_to) AS place FROM acknowledgements AS a
        WHERE a.tenant = s.tenant AND a.subscriber = '${wholeTenant}'
      ) AS f
      ORDER BY s.tenant, s.subscriber`,
    values: [after.tenant, after.subscriber, limit, chunk, youngMs, oldMs, most],
  };
}

export interface PageEnd extends StreamName {
  /** Streams of the page. */
  readonly count: number;
}

/** The last stream of a page; no row where it has none. */
export function pageEnd({ after, limit }: StreamPage): Statement {
  return {
    name: 'stream_page_end',
    text: `
      SELECT tenant, subscriber, count(*) OVER () AS count FROM (${streamPage}) AS p
      ORDER BY tenant DESC, subscriber DESC LIMIT 1`,
    values: [after.tenant, after.subscriber, limit],
  };
}

/** The seq before the first event within reach of which the condition, a text of this file, is true. */
function seqBefore(condition: string): string {
  return `(
          SELECT m.seq - 1 FROM mailbox AS m
          WHERE m.tenant = s.tenant AND m.subscriber = s.subscriber AND m.seq > t.trimmed AND m.seq <= t.reach
            AND ${condition}
          ORDER BY m.seq LIMIT 1)`;
}

/** A range of a subscriber's events that go. */
export interface GoingEvents extends StreamName {
  readonly fromSeq: number;
  readonly throughSeq: number;
}

/** Held until the transaction ends: an old keeper of the retention that still works, and the new one, make no stretch twice. */
export const lockHistory: Statement = {
  name: 'lock_history',
  text: "SELECT pg_advisory_xact_lock(hashtextextended('txtrail history ' || current_schema(), 0))",
  values: [],
};

/** Makes room in the history for what is about to go there: where a clock was far off, not for the time between. */
export function prepareHistory(going: readonly GoingEvents[]): Statement {
  return {
    name: 'prepare_history',
    text: `
      SELECT history_prepare(min(m.numbered_ms), max(m.numbered_ms))
      FROM mailbox AS m
      JOIN unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS g (tenant, subscriber, from_seq, through_seq)
        ON m.tenant = g.tenant AND m.subscriber = g.subscriber AND m.seq BETWEEN g.from_seq AND g.through_seq
      GROUP BY m.numbered_ms / ${historyStretchMs}`,
    values: rangeValues(going),
  };
}

/** Moves the ranges to the history, and tells readers of it in the same moment. */
export function giveUp(going: readonly GoingEvents[]): Statement {
  return {
    name: 'give_up',
    text: `
      WITH going AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
          AS g (tenant, subscriber, from_seq, through_seq)
      ), gone AS (
        DELETE FROM mailbox AS m USING going AS g
        WHERE m.tenant = g.tenant AND m.subscriber = g.subscriber AND m.seq BETWEEN g.from_seq AND g.through_seq
        RETURNING m.*
      ), moved AS (
        INSERT INTO history
          (tenant, transaction_id, place, numbered_at, subscriber, seq, type, chain, record)
        SELECT tenant, transaction_id, place, to_timestamp(numbered_ms / 1000.0), subscriber, seq, type, chain, record
        FROM gone
      ), trimmed AS (
        INSERT INTO stream_trims AS t (tenant, subscriber, trimmed)
        SELECT tenant, subscriber, through_seq FROM going
        ON CONFLICT (tenant, subscriber) DO UPDATE SET trimmed = greatest(t.trimmed, excluded.trimmed)
      ), feeds_trimmed AS (
        INSERT INTO feed_trims AS t (tenant, trimmed)
        SELECT tenant, max(place) FROM gone GROUP BY tenant ORDER BY tenant
        ON CONFLICT (tenant) DO UPDATE SET trimmed = greatest(t.trimmed, excluded.trimmed)
      )
      SELECT count(*) AS removed FROM gone`,
    values: rangeValues(going),
  };
}

function rangeValues(going: readonly GoingEvents[]): readonly unknown[] {
  return [
    going.map(({ tenant }) => tenant),
    going.map(({ subscriber }) => subscriber),
    going.map(({ fromSeq }) => fromSeq),
    going.map(({ throughSeq }) => throughSeq),
  ];
}

/** Drops what ended before, in whole stretches. */
export function dropHistory(beforeMs: number): Statement {
  return { name: 'drop_history', text: 'SELECT history_drop($1) AS dropped', values: [beforeMs] };
}
