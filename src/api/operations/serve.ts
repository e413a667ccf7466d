import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, problemAnswer } from '../answer.ts';
import { sendAnswer } from '../http-server.ts';
import type { Operation } from './operation.ts';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Registers the route of an operation: method, path and the schemas it is checked against are the operation's own. */
export function serve(
  app: FastifyInstance,
  operation: Operation,
  handler: Handler,
  options: { readonly bodyLimit?: number } = {},
): void {
  const { method, query, body, access, takesTokenInUrl = false } = operation;
  app.route({
    ...options,
    method,
    url: routeOf(operation.path),
    config: { access, takesTokenInUrl },
    schema: { ...(query === null ? {} : { querystring: query }), ...(body === undefined ? {} : { body }) },
    handler,
  });
}

/** The router's spelling of a path with parameters in braces. */
export function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const knownMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY'] as const;

/** Other methods on the paths of operations are 405 with `Allow` (RFC 9110), before the body is looked at. */
export function refuseOtherMethods(app: FastifyInstance, operations: readonly Operation[]): void {
  const methodsByPath = Map.groupBy(operations, (operation) => operation.path);
  for (const [path, ofPath] of methodsByPath) {
    const taken = new Set<string>(ofPath.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
    const allow = [...taken].join(', ');
    const refused = problemAnswer(problem('method_not_allowed', `This path takes ${allow}.`));
    const answer = { ...refused, headers: { allow } };
    app.route({
      method: knownMethods.filter((method) => !taken.has(method)),
      url: routeOf(path),
      // Whoever is let in at all learns that the method is the mistake.
      config: { access: ofPath.some(({ access }) => access === 'public') ? 'public' : 'subscriber' },
      onRequest: (_request, reply, _done) => void sendAnswer(reply, answer),
      handler: (_request, reply) => sendAnswer(reply, answer),
    });
  }
}
