import type { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Bell } from '../lib/bell.ts';
import type { AnswerStore } from '../ports/answer-store.ts';
import type { Clock, Random, Scheduler } from '../ports/clock.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { EventReader } from '../ports/event-reader.ts';
import type { Listener } from '../ports/listener.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PageFolder } from '../ports/page-folder.ts';
import type { SandboxControl } from '../ports/sandbox-control.ts';
import type { TrackerService } from '../ports/tracker-service.ts';
import { createAcknowledgements } from './acknowledgements.ts';
import { createAuthenticator } from './authentication.ts';
import { allowOrigins } from './cors.ts';
import { createCursorCodec } from './cursor.ts';
import { defaultGatewayLimits } from './gateway-limits.ts';
import type { GatewayLimits } from './gateway-limits.ts';
import { createHttpServer } from './http-server.ts';
import { createIdempotency } from './idempotency.ts';
import { guardRequests } from './request-guard.ts';
import { missingPage, registerPageRoutes } from './routes/page-routes.ts';
import { registerRoutes } from './routes/register-routes.ts';
import { registerSandboxRoutes } from './routes/sandbox-routes.ts';
import { SilentSockets } from './silent-sockets.ts';
import { createWebsocketServer } from './websocket/websocket-server.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Origins whose pages may call the API; `*`: any. Default: none. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: GatewayLimits;
}

export interface GatewayDeps {
  readonly tracker: TrackerService;
  readonly events: EventReader;
  readonly answers: AnswerStore;
  readonly credentials: Credentials;
  readonly listener: Listener;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The built-in chain, where that is what is followed. */
  readonly sandbox?: SandboxControl | undefined;
  /** The live page; undefined: none is served. */
  readonly page?: PageFolder | undefined;
}

export interface Gateway {
  /** @throws the operating system's error where the address cannot be listened on. */
  listen(): Promise<{ readonly url: string }>;
  /**
   * Takes nothing new, answers long polls at once, sends sockets away, waits for requests that are
   * being worked on up to `drainTimeoutMs`, then cuts what is left. Nothing acknowledged is undone.
   */
  drain(): Promise<void>;
}

/**
 * The front of TxTrail: HTTP and WebSocket over the tracker and the event log's readers. It holds no
 * state but its connections and what is in flight; a 2xx on a write is given only after the port it
 * was handed to said that it is durable (I15).
 */
export function createGateway(options: GatewayOptions, deps: GatewayDeps): Gateway {
  const limits = options.limits ?? defaultGatewayLimits;
  const drainBell = new Bell();
  let isDraining = false;
  const shared = {
    ...deps,
    authenticator: createAuthenticator(deps),
    acknowledgements: createAcknowledgements(deps),
    cursors: createCursorCodec(deps.credentials.cursorSecret),
    eventsSent: deps.metrics.counter({
      name: 'txtrail_events_sent_total',
      help: 'Events sent to clients, repeats included, by channel.',
      labels: ['channel'],
    }),
    openStreams: deps.metrics.gauge({ name: 'txtrail_event_streams', help: 'Open event streams (SSE).' }),
    isDraining: () => isDraining,
  };
  const { page, sandbox } = deps;
  const missing = page === undefined ? {} : { missing: missingPage };
  const app = createHttpServer({ limits, ...missing }, deps);
  const silent = new SilentSockets(app.server);
  allowOrigins(app, options.allowedOrigins ?? []);
  // What was registered above comes first, also in the order of the hooks.
  app.after(() => {
    guardRequests(app, limits, shared);
    registerRoutes(app, { ...shared, limits, idempotency: createIdempotency(deps), drainBell });
    if (sandbox !== undefined) registerSandboxRoutes(app, sandbox);
    if (page !== undefined) registerPageRoutes(app, page);
  });
  const sockets = createWebsocketServer({ limits: limits.websocket }, shared);
  app.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket as Socket, head));

  return {
    listen: async () => {
      await app.listen({ host: options.host, port: options.port });
      return { url: urlOf(options.host, app) };
    },
    drain: async () => {
      if (isDraining) return;
      isDraining = true;
      drainBell.ring();
      sockets.drain();
      silent.cut();
      const cut = deps.scheduler.after(limits.drainTimeoutMs, () => app.server.closeAllConnections());
      await app.close();
      cut.cancel();
    },
  };
}

/** The URL under which a listening server answers; an address of every interface is shown as it was given. */
export function urlOf(host: string, app: FastifyInstance): string {
  const { port } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
