import { trackRequestSchema } from '@txtrail/protocol';
import type { Problem, TrackRequest } from '@txtrail/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assert } from '../../lib/assert.ts';
import type { TrackOutcome } from '../../ports/tracker-service.ts';
import { problem } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { otherSubscriber, subscriberOf } from '../caller.ts';
import { serve } from '../operations/serve.ts';
import { trackBatch } from '../operations/transaction-operations.ts';
import { writing } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';
import { createValidation, fieldErrors } from '../validation.ts';
import type { SchemaCheck } from '../validation.ts';
import { refusalOf } from './transaction-routes.ts';

/** Many registrations in one call: each entry is checked and answered by itself, all are durable together. */
export function registerBatchRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const check = createValidation().body<TrackRequest>(trackRequestSchema);
  serve(
    app,
    trackBatch,
    writing(deps.idempotency, (request) => trackEach(request, check, deps)),
    { bodyLimit: deps.limits.batchBodyBytes },
  );
}

async function trackEach(request: FastifyRequest, check: SchemaCheck<TrackRequest>, deps: RouteDeps): Promise<Answer> {
  const { transactions } = request.body as { readonly transactions: readonly unknown[] };
  const minimal = prefersMinimal(request.headers['prefer']);
  const accepted: TrackRequest[] = [];
  const mistakes = transactions.map((entry): Problem | null => {
    if (!check(entry)) {
      const errors = fieldErrors(check.errors, deps.limits.mistakesShown);
      return problem('invalid_request', 'The request has mistakes; each is listed with its path.', { errors });
    }
    const whose = subscriberOf(request.caller, entry.subscriber);
    if (whose.kind === 'forbidden') return otherSubscriber();
    accepted.push({ ...entry, subscriber: whose.subscriber });
    return null;
  });
  const outcomes = await deps.tracker.trackBatch(request.caller.tenant, accepted);
  assert(outcomes.length === accepted.length, 'a batch has one outcome an entry');
  let next = 0;
  const results = mistakes.map((mistake) => {
    if (mistake !== null) return { error: mistake };
    next += 1;
    return resultOf(outcomes[next - 1]!, minimal);
  });
  const answer: Answer = { status: 200, body: JSON.stringify({ results }) };
  return minimal ? { ...answer, headers: { 'preference-applied': 'return=minimal' } } : answer;
}

function resultOf(outcome: TrackOutcome, minimal: boolean): object {
  if (outcome.outcome === 'refused') return { error: refusalOf(outcome) };
  return minimal ? { id: outcome.transaction.id } : { transaction: outcome.transaction };
}

/** RFC 7240: preferences are separated by commas, in any number of headers. */
function prefersMinimal(header: string | readonly string[] | undefined): boolean {
  return [header ?? []].flat().some((line) => /(^|,)\s*return\s*=\s*"?minimal"?\s*(;|,|$)/i.test(line));
}
