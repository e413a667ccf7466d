import type { FastifyInstance } from 'fastify';
import { problem, problemAnswer } from '../answer.ts';
import { allOperations } from '../operations/all-operations.ts';
import { openSocket } from '../operations/event-operations.ts';
import { refuseOtherMethods, serve } from '../operations/serve.ts';
import { reading } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';
import { registerBatchRoutes } from './batch-routes.ts';
import { registerChainRoutes } from './chain-routes.ts';
import { registerDescriptionRoutes } from './description-routes.ts';
import { registerEventRoutes } from './event-routes.ts';
import { registerStreamRoutes } from './stream-routes.ts';
import { registerTokenRoutes } from './token-routes.ts';
import { registerTransactionRoutes } from './transaction-routes.ts';

/** Every route of the gateway, each served by the operation that describes it. */
export function registerRoutes(app: FastifyInstance, deps: RouteDeps): void {
  registerTransactionRoutes(app, deps);
  registerBatchRoutes(app, deps);
  registerEventRoutes(app, deps);
  registerStreamRoutes(app, deps);
  registerChainRoutes(app, deps);
  registerTokenRoutes(app, deps);
  registerDescriptionRoutes(app);
  serve(
    app,
    openSocket,
    reading(() => problemAnswer(problem('bad_request', 'This is a WebSocket: ask for an upgrade.'))),
  );
  refuseOtherMethods(app, allOperations);
}
