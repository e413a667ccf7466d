import { retentionOf, type StreamRetention } from '../../core/delivery/retention-rule.ts';
import type { MailboxRetained } from '../../ports/mailbox.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import {
  type AgedStream,
  agedStreams,
  type GoingEvents,
  giveUp,
  lockHistory,
  type PageEnd,
  pageEnd,
  prepareHistory,
  type StreamName,
} from './retention-statements.ts';

/** Streams passed in one call, and those of them that something is looked for in. */
const pageStreams = 500;
const mostStreams = 10;
/** Events of one stream that go in one call: short transactions, and commits hardly wait. */
const streamChunk = 2_000;

/** Before all names. */
const beginning: StreamName = { tenant: '', subscriber: '' };

/**
 * Retention goes round all streams, a page a call. Only an entry to it is kept in memory: a process
 * that begins anew begins with the first stream.
 */
export class MailboxSweep {
  readonly #connections: PostgresConnections;
  #after = beginning;
  /** True where this round left something that the next one will find. */
  #leftSome = false;

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
  }

  async next(youngMs: number, oldMs: number): Promise<MailboxRetained> {
    const page = { after: this.#after, limit: pageStreams };
    const query = agedStreams({ ...page, most: mostStreams, chunk: streamChunk, youngMs, oldMs });
    const [found, ended] = await this.#connections.asWorker([query, pageEnd(page)], { isRepeatable: true });
    const streams = (found?.rows ?? []) as readonly AgedStream[];
    const [end] = (ended?.rows ?? []) as readonly PageEnd[];
    const { going, expired } = judge(streams);
    const removed = await this.#giveUp(going);
    const isPageOver = streams.length < mostStreams;
    const isRoundOver = isPageOver && (end?.count ?? 0) < pageStreams;
    this.#leftSome ||= going.some(({ fromSeq, throughSeq }) => throughSeq - fromSeq + 1 === streamChunk);
    const more = !isRoundOver || this.#leftSome;
    this.#after = (isRoundOver ? null : isPageOver ? end : streams.at(-1)) ?? beginning;
    if (isRoundOver) this.#leftSome = false;
    return { removed, expired, more };
  }

  async #giveUp(going: readonly GoingEvents[]): Promise<number> {
    if (going.length === 0) return 0;
    const statements = [lockHistory, prepareHistory(going), giveUp(going)];
    const [, , result] = await this.#connections.asWorker(statements, { isRepeatable: true });
    const [row] = (result?.rows ?? []) as readonly { readonly removed: number }[];
    return row?.removed ?? 0;
  }
}

interface Judged {
  readonly going: readonly GoingEvents[];
  readonly expired: MailboxRetained['expired'];
}

function judge(streams: readonly AgedStream[]): Judged {
  const going: GoingEvents[] = [];
  const expired: MailboxRetained['expired'][number][] = [];
  for (const stream of streams) {
    const { tenant, subscriber, trimmed } = stream;
    const verdict = verdictOn(stream);
    if (verdict.expired !== null) expired.push({ tenant, subscriber, ...verdict.expired });
    if (verdict.through === trimmed) continue;
    going.push({ tenant, subscriber, fromSeq: trimmed + 1, throughSeq: verdict.through });
  }
  return { going, expired };
}

function verdictOn({ ownRead, feedRead, ...stream }: AgedStream): StreamRetention {
  const read = [ownRead, feedRead].filter((one) => one !== null);
  return retentionOf({ ...stream, readThrough: read.length === 0 ? null : Math.min(...read) });
}
