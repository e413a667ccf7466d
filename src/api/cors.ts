import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/**
 * Lets pages of these origins (`*`: of any) call the API. They come with a token or a key in a
 * header; cookies are never used, so `credentials` stays off and a foreign page can do nothing in
 * somebody's name. Must stand before what refuses requests, so that a page can read the refusal too.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.register(fastifyCors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'prefer', 'traceparent'],
    exposedHeaders: ['etag', 'idempotent-replayed', 'preference-applied', 'retry-after', 'traceparent'],
    credentials: false,
    strictPreflight: false,
    maxAge: 600,
  });
}
