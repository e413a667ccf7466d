import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EventPage, ReadEvent } from '../../ports/event-reader.ts';
import { notFound, problem, problemAnswer } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { eventScopeOf, otherSubscriber } from '../caller.ts';
import { canonicalChain, unknownChain } from '../chain-name.ts';
import { eventCursorScope } from '../cursor.ts';
import type { CursorScope, ScopedCursors } from '../cursor.ts';
import { sendAnswer } from '../http-server.ts';
import { invalidCursor, listAnswer, listPlace } from '../list-page.ts';
import { longPoll } from '../long-poll.ts';
import { acknowledgeEvents, readEvents } from '../operations/event-operations.ts';
import { serve } from '../operations/serve.ts';
import { getTransactionHistory } from '../operations/transaction-operations.ts';
import { reading, writing } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';
import { startPlace } from '../start-place.ts';
import { idOf, visibleTransaction } from './transaction-routes.ts';

/** Reading events by long poll, acknowledging them, and the history of one transaction. */
export function registerEventRoutes(app: FastifyInstance, deps: RouteDeps): void {
  serve(app, readEvents, async (request, reply) => sendAnswer(reply, await nextEvents(request, reply, deps)));
  serve(
    app,
    acknowledgeEvents,
    writing(deps.idempotency, (request) => acknowledge(request, deps)),
  );
  serve(
    app,
    getTransactionHistory,
    reading((request) => readHistory(request, deps)),
  );
}

interface EventsQuery {
  readonly subscriber?: string;
  readonly consumer?: string;
  readonly cursor?: string;
  readonly from: 'earliest' | 'latest' | 'ack';
  readonly wait: number;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly transaction?: string;
  readonly chain?: string;
}

/** The wait ends when the caller leaves or the server drains, also while its start is still looked for. */
async function nextEvents(request: FastifyRequest, reply: FastifyReply, deps: RouteDeps): Promise<Answer> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const stopDrain = deps.drainBell.listen(end);
  if (deps.isDraining()) end();
  reply.raw.once('close', end);
  try {
    return await pollEvents(request, ended.signal, deps);
  } finally {
    stopDrain();
    reply.raw.off('close', end);
  }
}

async function pollEvents(request: FastifyRequest, ended: AbortSignal, deps: RouteDeps): Promise<Answer> {
  const query = request.query as EventsQuery;
  const scope = eventScopeOf(request.caller, query.subscriber);
  if (scope === null) return problemAnswer(otherSubscriber());
  const chain = query.chain === undefined ? undefined : canonicalChain(deps.tracker, query.chain);
  if (chain === null) return unknownChain();
  const consumer = query.consumer ?? 'default';
  const start = await startPlace(
    { scope, consumer, from: query.cursor ?? query.from, isCursor: query.cursor !== undefined },
    deps,
  );
  if (start.kind === 'invalid') return invalidCursor();
  if (start.kind === 'too_old') return tooOld(start.oldestCursor);
  const options = {
    scope,
    after: start.place,
    limit: query.limit,
    filter: { types: query.types, transaction: query.transaction, chain },
    waitMs: query.wait * 1000,
    pages: deps.limits.pagesPerPoll,
  };
  const page = await longPoll(options, { events: deps.events, scheduler: deps.scheduler, ended });
  const cursorScope = eventCursorScope(scope);
  if (page.kind === 'too_old') return tooOld(deps.cursors.encode(cursorScope, page.oldest));
  deps.eventsSent.add(page.events.length, { channel: 'poll' });
  return { status: 200, body: pageBody(page, deps.cursors.forScope(cursorScope)) };
}

/** The events' own bytes, and for each the cursor behind it, so that a page can be acknowledged in part. */
function pageBody(page: Extract<EventPage, { readonly kind: 'page' }>, cursors: ScopedCursors): string {
  const events = page.events.map((event) => event.json).join(',');
  const behind = JSON.stringify(page.events.map((event) => cursors.encode(event.place)));
  const nextCursor = cursors.encode(page.through);
  return `{"events":[${events}],"cursors":${behind},"nextCursor":"${nextCursor}","hasMore":${page.hasMore}}`;
}

async function acknowledge(request: FastifyRequest, deps: RouteDeps): Promise<Answer> {
  const body = request.body as { readonly subscriber?: string; readonly consumer?: string; readonly cursor: string };
  const scope = eventScopeOf(request.caller, body.subscriber);
  if (scope === null) return problemAnswer(otherSubscriber());
  const place = deps.cursors.decode(eventCursorScope(scope), body.cursor);
  if (place === null) return invalidCursor();
  const outcome = await deps.acknowledgements.acknowledge(scope, body.consumer ?? 'default', place);
  if (outcome === 'acknowledged') return { status: 204, body: '' };
  return problemAnswer(problem('ack_beyond_sent', 'Only what was sent can be acknowledged; nothing was changed.'));
}

async function readHistory(request: FastifyRequest, deps: RouteDeps): Promise<Answer> {
  const query = request.query as { readonly limit: number; readonly cursor?: string };
  const id = idOf(request);
  const { tenant } = request.caller;
  if ((await visibleTransaction(request, deps)) === null) return problemAnswer(notFound());
  const scope: CursorScope = { kind: 'history', tenant, subject: id };
  const after = listPlace(deps.cursors, scope, query.cursor);
  if (after.kind === 'refused') return after.answer;
  const page = await deps.events.history(tenant, id, after.place, query.limit);
  return listAnswer(deps.cursors, scope, page.events.map(withEvidence), page.next);
}

/** The event's own bytes with one member more: they are never made anew. */
function withEvidence(event: ReadEvent): string {
  const { rule, providers, block } = event.evidence;
  return `${event.json.slice(0, -1)},"evidence":${JSON.stringify({ rule, providers, block })}}`;
}

function tooOld(oldestCursor: string): Answer {
  return problemAnswer(
    problem(
      'cursor_too_old',
      'Events after the cursor are no longer kept; oldestCursor is before the oldest that is.',
      {
        oldestCursor,
      },
    ),
  );
}
