import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock, Random } from '../ports/clock.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { tenantOf } from './authentication.ts';
import type { GatewayLimits } from './gateway-limits.ts';
import { sendAnswer } from './http-server.ts';
import { traceContext, traceparent } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key the request carries; the empty string before that is known. */
    tenant: string;
    trace: TraceContext | null;
    beganMs: number;
  }
}

export interface RequestGuardDeps {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
}

/** Paths whose requests wait or weigh so much that they have bounds of their own. */
const batchPath = '/v1/transactions/batch';
const pollPath = '/v1/events';

/**
 * What stands before and after every request of the gateway: trace, headers, drain, authentication
 * and the bounds on work in flight, before a byte of the body is read; figures and a log line after.
 */
export function guardRequests(app: FastifyInstance, limits: GatewayLimits, deps: RequestGuardDeps): void {
  const inFlight = new InFlight(limits);
  const observe = createObserver(deps);
  app.decorateRequest('tenant', '');
  app.decorateRequest('trace', null);
  app.decorateRequest('beganMs', 0);
  app.addHook('onRequest', (request, reply, done) => {
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
  if (!request.url.startsWith('/v1/')) return null;
  const tenant = tenantOf(deps.credentials, request.headers.authorization);
  if (tenant === null) return problemAnswer(problem('unauthorized', 'Send a valid key: Authorization: Bearer KEY.'));
  request.tenant = tenant;
  return null;
}

function overloaded(): Answer {
  return problemAnswer(problem('overloaded', 'Too many requests are being worked on; try again a little later.'));
}

/** Counts what is being worked on, by kind, and refuses above the limits. */
class InFlight {
  readonly #counts = { poll: 0, batch: 0, request: 0 };
  readonly #limits: { readonly poll: number; readonly batch: number; readonly request: number };

  constructor(limits: GatewayLimits) {
    this.#limits = { poll: limits.longPolls, batch: limits.batchesInFlight, request: limits.requestsInFlight };
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

function kindOf(request: FastifyRequest): 'poll' | 'batch' | 'request' {
  if (request.routeOptions.url === batchPath) return 'batch';
  return request.routeOptions.url === pollPath ? 'poll' : 'request';
}

function createObserver(deps: RequestGuardDeps): (request: FastifyRequest, reply: FastifyReply) => void {
  const requests = deps.metrics.counter({
    name: 'txtrail_http_requests_total',
    help: 'HTTP requests answered, by method, route and status.',
    labels: ['method', 'route', 'status'],
  });
  const seconds = deps.metrics.histogram({
    name: 'txtrail_http_request_seconds',
    help: 'Time from the head of an HTTP request to the end of its answer, in seconds; long polls wait in it.',
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
      tenant: request.tenant,
      traceId: request.trace?.traceId,
      spanId: request.trace?.spanId,
    });
  };
}

function singleHeader(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
