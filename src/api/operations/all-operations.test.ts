import type { RouteOptions } from 'fastify';
import { expect, test } from 'vitest';
import { startGateway } from '../../../test/harness/gateway-fixture.ts';
import { nodeListener } from '../../adapters/node/node-listener.ts';
import { defaultGatewayLimits } from '../gateway-limits.ts';
import { createHttpServer } from '../http-server.ts';
import type { RouteDeps } from '../route-deps.ts';
import { registerRoutes } from '../routes/register-routes.ts';
import { allOperations } from './all-operations.ts';
import { routeOf } from './serve.ts';

/** Every route but those that only say 405, as the router knows them. */
function servedRoutes(): readonly RouteOptions[] {
  const routes: RouteOptions[] = [];
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger };
  const app = createHttpServer({ limits: defaultGatewayLimits }, { listener: nodeListener, logger });
  app.addHook('onRoute', (route) => void routes.push(route));
  // Registering touches nothing of the ports; only requests do.
  registerRoutes(app, { limits: defaultGatewayLimits } as RouteDeps);
  return routes.filter((route) => typeof route.method === 'string' && route.method !== 'HEAD');
}

function ignore(): void {
  // Nothing is logged while routes are registered.
}

const nameOf = (route: { readonly method: unknown; readonly url: string }): string => `${route.method} ${route.url}`;

test('every route has an operation, every operation a route, and both hold the same schemas', () => {
  const routes = new Map(servedRoutes().map((route) => [nameOf(route), route]));
  const operations = new Map(
    allOperations.map((operation) => [nameOf({ ...operation, url: routeOf(operation.path) }), operation]),
  );
  expect(operations.size).toBeGreaterThan(10);
  expect([...routes.keys()].sort()).toEqual([...operations.keys()].sort());
  for (const [name, operation] of operations) {
    const schema = routes.get(name)?.schema;
    expect(schema?.querystring ?? null, name).toBe(operation.query);
    expect(schema?.body, name).toBe(operation.body);
  }
});

test('no two operations have the same id', () => {
  expect(new Set(allOperations.map(({ id }) => id)).size).toBe(allOperations.length);
});

test('what is served is what is described: each operation answers other than 404 for its path', async () => {
  const { call, gateway } = await startGateway();
  try {
    for (const { method, path } of allOperations) {
      const answer = await call(method, path.replaceAll(/\{\w+\}/g, 'x'));
      expect(answer.status === 404 && !path.includes('{'), `${method} ${path}: ${answer.status}`).toBe(false);
    }
  } finally {
    await gateway.drain();
  }
});
