import { tokenTtlLimits } from '@txtrail/protocol';
import type { SubscriberToken, TokenRequest } from '@txtrail/protocol';
import type { FastifyInstance } from 'fastify';
import { jsonAnswer } from '../answer.ts';
import { serve } from '../operations/serve.ts';
import { makeToken } from '../operations/token-operations.ts';
import { reading } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';

/**
 * Tokens for browsers. Nothing is kept of one, so this is no write: an `Idempotency-Key` has nothing
 * to guard, and keeping the answer would put a live secret into the log.
 */
export function registerTokenRoutes(app: FastifyInstance, deps: RouteDeps): void {
  serve(
    app,
    makeToken,
    reading((request) => {
      const { subscriber, ttlSeconds = tokenTtlLimits.default } = request.body as TokenRequest;
      const { token, expiresAtMs } = deps.authenticator.grant(request.caller.tenant, subscriber, ttlSeconds * 1000);
      const answer: SubscriberToken = { token, subscriber, expiresAt: new Date(expiresAtMs).toISOString() };
      return jsonAnswer(201, answer);
    }),
  );
}
