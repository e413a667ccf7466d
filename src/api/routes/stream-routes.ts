import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { faultLevel, problemAnswer } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { eventScopeOf, otherSubscriber } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { canonicalChain, unknownChain } from '../chain-name.ts';
import { eventCursorScope } from '../cursor.ts';
import { sendAnswer } from '../http-server.ts';
import { invalidCursor } from '../list-page.ts';
import { streamEvents } from '../operations/event-operations.ts';
import { serve } from '../operations/serve.ts';
import type { RouteDeps } from '../route-deps.ts';
import { startPlace } from '../start-place.ts';
import { EventStream } from '../stream/event-stream.ts';
import type { EventStreamOptions } from '../stream/event-stream.ts';

/** Events as they come, as a `text/event-stream`. */
export function registerStreamRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const open = new Set<EventStream>();
  serve(app, streamEvents, async (request, reply) => {
    const asked = await optionsOf(request, deps);
    if ('status' in asked) return sendAnswer(reply, asked);
    const stream = begin(asked, request, reply, deps);
    if (stream === null) return reply;
    open.add(stream);
    deps.openStreams.set(open.size);
    try {
      await stream.run();
    } catch (error) {
      deps.logger[faultLevel(error)]('events cannot be streamed', { error });
    } finally {
      open.delete(stream);
      deps.openStreams.set(open.size);
    }
    return reply;
  });
}

interface StreamQuery {
  readonly subscriber?: string;
  readonly consumer?: string;
  readonly cursor?: string;
  readonly from: 'earliest' | 'latest' | 'ack';
  readonly types?: readonly string[];
  readonly transaction?: string;
  readonly chain?: string;
}

async function optionsOf(request: FastifyRequest, deps: RouteDeps): Promise<EventStreamOptions | Answer> {
  const query = request.query as StreamQuery;
  const scope = eventScopeOf(request.caller, query.subscriber);
  if (scope === null) return problemAnswer(otherSubscriber());
  const chain = query.chain === undefined ? undefined : canonicalChain(deps.tracker, query.chain);
  if (chain === null) return unknownChain();
  const cursor = lastEventId(request) ?? query.cursor;
  const from = cursor ?? query.from;
  const consumer = query.consumer ?? 'default';
  const start = await startPlace({ scope, consumer, from, isCursor: cursor !== undefined }, deps);
  if (start.kind === 'invalid') return invalidCursor();
  return {
    limits: deps.limits.stream,
    scope,
    filter: { types: query.types, transaction: query.transaction, chain },
    start: start.kind === 'place' ? start.place : (await deps.events.bounds(scope)).oldest,
    isReset: start.kind === 'too_old',
    lifetimeMs: lifetimeMs(request.caller, deps),
  };
}

/** A client that comes back keeps its URL, so what it says of its place counts above what stands there. */
function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Not for ever, so that connections spread over the nodes again; and not beyond the token's end. */
function lifetimeMs({ expiresAtMs }: Caller, { limits, clock, random }: RouteDeps): number {
  const { lifetimeMs: leastMs, lifetimeJitterMs } = limits.stream;
  const lastsMs = leastMs + random.fraction() * lifetimeJitterMs;
  return expiresAtMs === null ? lastsMs : Math.max(0, Math.min(lastsMs, expiresAtMs - clock.now()));
}

/** Writes the answer's head; null: that is all, for `HEAD`, or since the client has left. */
function begin(
  options: EventStreamOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: RouteDeps,
): EventStream | null {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    // Whatever stands between may neither keep, change nor hold back what goes through.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  const { socket } = reply.raw;
  if (request.method === 'HEAD' || socket === null || socket.destroyed) {
    reply.raw.end();
    return null;
  }
  return new EventStream(options, {
    ...deps,
    response: reply.raw,
    socket,
    cursors: deps.cursors.forScope(eventCursorScope(options.scope)),
    onEventsSent: (count) => deps.eventsSent.add(count, { channel: 'stream' }),
  });
}
