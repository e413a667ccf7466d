import type { Problem } from '@txtrail/protocol';
import type { AuditTrail } from '../ports/audit-trail.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { Listener } from '../ports/listener.ts';
import type { Logger } from '../ports/logger.ts';
import type { Scheduler } from '../ports/clock.ts';
import { jsonAnswer, notFound } from './answer.ts';
import { urlOf } from './gateway.ts';
import { defaultGatewayLimits } from './gateway-limits.ts';
import type { GatewayLimits } from './gateway-limits.ts';
import { createHttpServer } from './http-server.ts';
import { reading } from './route-deps.ts';
import { adminAccess, registerAuditRoutes } from './routes/audit-routes.ts';

export interface AdminServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly limits?: GatewayLimits;
}

export interface AdminServerDeps {
  /** null: where keys and trail are kept cannot be reached yet. */
  readonly administration: () => AdminAccess | null;
  readonly listener: Listener;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
  /** Why work cannot be taken now, in words; empty: it can. Asked at every `/readyz`. */
  readonly unreadyReasons: () => readonly string[];
  /** What does not keep it from taking work and needs a look all the same, such as a chain that no provider leads. */
  readonly warnings: () => readonly string[];
  /** The figures in the Prometheus text format. */
  readonly metricsText: () => Promise<string>;
}

export interface AdminAccess {
  readonly credentials: Credentials;
  readonly audit: AuditTrail;
}

export interface AdminServer {
  listen(): Promise<{ readonly url: string }>;
  close(): Promise<void>;
}

/**
 * The operator's port: `/healthz` (the process turns), `/readyz` (it takes work) and `/metrics`, open
 * to whoever reaches the port; everything else needs the admin key: so far the audit trail.
 */
export function createAdminServer(options: AdminServerOptions, deps: AdminServerDeps): AdminServer {
  const limits = options.limits ?? defaultGatewayLimits;
  const app = createHttpServer({ limits, missing: (request) => missing(request.headers.authorization, deps) }, deps);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    done();
  });
  app.get(
    '/healthz',
    reading(() => jsonAnswer(200, { status: 'ok' })),
  );
  app.get('/readyz', async (_request, reply) => {
    const reasons = deps.unreadyReasons();
    const status = reasons.length === 0 ? 200 : 503;
    return reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ ready: status === 200, reasons, warnings: deps.warnings() }));
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metricsText()),
  );
  registerAuditRoutes(app, deps);
  return {
    listen: async () => {
      await app.listen({ host: options.host, port: options.port });
      return { url: urlOf(options.host, app) };
    },
    close: async () => {
      const cut = deps.scheduler.after(limits.drainTimeoutMs, () => app.server.closeAllConnections());
      await app.close();
      cut.cancel();
    },
  };
}

function missing(authorization: string | undefined, deps: AdminServerDeps): Problem {
  const access = adminAccess(authorization, deps);
  return 'problem' in access ? access.problem : notFound();
}
