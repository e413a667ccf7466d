import type { Problem } from '@txtrail/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { bearerSecret, notAuthenticated } from './authentication.ts';
import type { Authentication, Authenticator } from './authentication.ts';
import { keyNeeded } from './caller.ts';
import type { Caller } from './caller.ts';
import type { GatewayLimits } from './gateway-limits.ts';
import { sendAnswer } from './http-server.ts';
import type { Access } from './operations/operation.ts';
import { traceContext, traceparent } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key or token the request carries; a caller of nothing before that is known, and where none is asked for. */
    caller: Caller;
    trace: TraceContext | null;
    beganMs: number;
  }

  interface FastifyContextConfig {
    /** Who may call. A route that does not say so takes keys alone below `/v1`, and anybody elsewhere. */
    access?: Access;
    /** A token (never a key) may stand in the URL as `?token=`. */
    takesTokenInUrl?: boolean;
  }
}

export interface RequestGuardDeps {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
}

const nobody: Caller = { tenant: '', subscriber: null, expiresAtMs: null };

/** Paths whose requests wait or weigh so much that they have bounds of their own. */
const batchPath = '/v1/transactions/batch';
const pollPath = '/v1/events';
const streamPath = '/v1/events/stream';

/**
 * What stands before and after every request of the gateway: trace, headers, drain, authentication
 * and the bounds on work in flight, before a byte of the body is read; figures and a log line after.
 */
export function guardRequests(app: FastifyInstance, limits: GatewayLimits, deps: RequestGuardDeps): void {
  const inFlight = new InFlight(limits);
  const observe = createObserver(deps);
  app.decorateRequest('caller');
  app.decorateRequest('trace', null);
  app.decorateRequest('beganMs', 0);
  app.addHook('onRequest', (request, reply, done) => {
    request.caller = nobody;
    request.beganMs = deps.clock.monotonic();
    request.trace = traceContext(singleHeader(request.headers['traceparent']), deps.random);
    reply.headers({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      traceparent: traceparent(request.trace),
    });
    const release = inFlight.enter(request);
    reply.raw.once('close', () => {
      release?.();
      observe(request, reply);
    });
    const refusal = release === null ? overloaded() : admit(request, deps);
    if (refusal === null) done();
    else sendAnswer(reply, refusal);
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (deps.isDraining()) reply.header('connection', 'close');
    done();
  });
}

function admit(request: FastifyRequest, deps: RequestGuardDeps): Answer | null {
  if (deps.isDraining()) return problemAnswer(problem('shutting_down', 'The server is going down; connect again.'));
  const { config } = request.routeOptions;
  if ((config.access ?? (request.url.startsWith('/v1/') ? 'tenant' : 'public')) === 'public') return null;
  const found = authenticate(request, config.takesTokenInUrl === true, deps.authenticator);
  if ('refusal' in found) return problemAnswer(found.refusal);
  request.caller = found.caller;
  // What no route takes is 404 for everybody.
  const isAllowed = found.caller.subscriber === null || config.access === 'subscriber' || request.is404;
  return isAllowed ? null : keyNeeded();
}

/** By the header; where the route takes it and there is no header, by `?token=`. */
function authenticate(
  request: FastifyRequest,
  takesTokenInUrl: boolean,
  authenticator: Authenticator,
): { readonly caller: Caller } | { readonly refusal: Problem } {
  const { authorization } = request.headers;
  const { token } = request.query as { readonly token?: unknown };
  if (authorization === undefined && takesTokenInUrl && typeof token === 'string') {
    const found = authenticator.authenticateToken(token);
    if (found.kind === 'caller') return found;
    const detail = 'A URL takes a valid token of POST /v1/tokens, and never a key.';
    return { refusal: notAuthenticated(found.kind, detail) };
  }
  const secret = bearerSecret(authorization);
  const found: Authentication = secret === null ? { kind: 'unknown' } : authenticator.authenticate(secret);
  if (found.kind === 'caller') return found;
  return { refusal: notAuthenticated(found.kind, 'Send a valid key or token: Authorization: Bearer KEY.') };
}

function overloaded(): Answer {
  return problemAnswer(problem('overloaded', 'Too many requests are being worked on; try again a little later.'));
}

/** Counts what is being worked on, by kind, and refuses above the limits. */
class InFlight {
  readonly #counts = { poll: 0, stream: 0, batch: 0, request: 0 };
  readonly #limits: Readonly<Record<RequestKind, number>>;

  constructor(limits: GatewayLimits) {
    const { longPolls, eventStreams, batchesInFlight, requestsInFlight } = limits;
    this.#limits = { poll: longPolls, stream: eventStreams, batch: batchesInFlight, request: requestsInFlight };
  }

  /** The way to leave again, or null: there is no room. */
  enter(request: FastifyRequest): (() => void) | null {
    const kind = kindOf(request);
    if (this.#counts[kind] >= this.#limits[kind]) return null;
    this.#counts[kind] += 1;
    return () => {
      this.#counts[kind] -= 1;
    };
  }
}

type RequestKind = 'poll' | 'stream' | 'batch' | 'request';

const kindOfPath: Readonly<Record<string, RequestKind>> = {
  [pollPath]: 'poll',
  [streamPath]: 'stream',
  [batchPath]: 'batch',
};

function kindOf(request: FastifyRequest): RequestKind {
  return kindOfPath[request.routeOptions.url ?? ''] ?? 'request';
}

function createObserver(deps: RequestGuardDeps): (request: FastifyRequest, reply: FastifyReply) => void {
  const requests = deps.metrics.counter({
    name: 'txtrail_http_requests_total',
    help: 'HTTP requests answered, by method, route and status.',
    labels: ['method', 'route', 'status'],
  });
  const seconds = deps.metrics.histogram({
    name: 'txtrail_http_request_seconds',
    help: 'Time from the head of an HTTP request to the end of its answer, in seconds; long polls and event streams last in it.',
    labels: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 35],
  });
  return (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const elapsedMs = deps.clock.monotonic() - request.beganMs;
    requests.add(1, { method: request.method, route, status: String(reply.statusCode) });
    seconds.observe(elapsedMs / 1000, { method: request.method, route });
    deps.logger.debug('request answered', {
      method: request.method,
      route,
      status: reply.statusCode,
      elapsedMs: Math.round(elapsedMs * 100) / 100,
      tenant: request.caller.tenant,
      traceId: request.trace?.traceId,
      spanId: request.trace?.spanId,
    });
  };
}

function singleHeader(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
