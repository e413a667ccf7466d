import type {
  ChangeRequest,
  RefreshedTransaction,
  TrackRequest,
  Transaction,
  TransactionStatus,
} from '@txtrail/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TrackerService, TrackOutcome } from '../../ports/tracker-service.ts';
import { jsonAnswer, notFound, problemAnswer, refusalProblem } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { isVisible, otherSubscriber, subscriberOf } from '../caller.ts';
import { canonicalChain, unknownChain } from '../chain-name.ts';
import type { CursorScope } from '../cursor.ts';
import { listPlace, listAnswer } from '../list-page.ts';
import { serve } from '../operations/serve.ts';
import {
  changeTransaction,
  refreshTransaction,
  getTransaction,
  listTransactions,
  trackTransaction,
  untrackTransaction,
} from '../operations/transaction-operations.ts';
import { reading, writing } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';

/** Tracking, reading, changing and forgetting single transactions, and listing them. */
export function registerTransactionRoutes(app: FastifyInstance, deps: RouteDeps): void {
  serve(
    app,
    trackTransaction,
    writing(deps.idempotency, (request) => trackOne(request, deps)),
  );
  serve(
    app,
    listTransactions,
    reading((request) => listAnswerOf(request, deps)),
  );
  serve(
    app,
    getTransaction,
    reading(async (request) => {
      const found = await visibleTransaction(request, deps);
      return found === null ? problemAnswer(notFound()) : jsonAnswer(200, found);
    }),
  );
  serve(
    app,
    changeTransaction,
    writing(deps.idempotency, async (request) => {
      const outcome = await deps.tracker.change(request.caller.tenant, idOf(request), request.body as ChangeRequest);
      return outcome.outcome === 'changed' ? jsonAnswer(200, outcome.transaction) : problemAnswer(refusalOf(outcome));
    }),
  );
  serve(
    app,
    refreshTransaction,
    writing(deps.idempotency, (request) => refreshOne(request, deps)),
  );
  serve(
    app,
    untrackTransaction,
    writing(deps.idempotency, async (request) =>
      (await deps.tracker.untrack(request.caller.tenant, idOf(request)))
        ? { status: 204, body: '' }
        : problemAnswer(notFound()),
    ),
  );
}

/** Of the caller's own transactions; the outcome is the transaction with what the providers said. */
async function refreshOne(request: FastifyRequest, deps: RouteDeps): Promise<Answer> {
  if ((await visibleTransaction(request, deps)) === null) return problemAnswer(notFound());
  const outcome = await deps.tracker.refresh(request.caller.tenant, idOf(request));
  if (outcome.outcome === 'refused') return problemAnswer(refusalOf(outcome));
  const answer: RefreshedTransaction = { ...outcome.transaction, refresh: outcome.refresh };
  return jsonAnswer(200, answer);
}

export function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}

/** The transaction that the path names, where there is one for this caller. */
export async function visibleTransaction(
  request: FastifyRequest,
  deps: { readonly tracker: TrackerService },
): Promise<Transaction | null> {
  const found = await deps.tracker.transaction(request.caller.tenant, idOf(request));
  return found !== null && isVisible(request.caller, found) ? found : null;
}

/** A refusal for what does not exist shows the one body that tells nothing (I11). */
export function refusalOf(refusal: Parameters<typeof refusalProblem>[0]): ReturnType<typeof refusalProblem> {
  return refusal.code === 'not_found' ? notFound() : refusalProblem(refusal);
}

async function trackOne(request: FastifyRequest, deps: RouteDeps): Promise<Answer> {
  const body = request.body as TrackRequest;
  const whose = subscriberOf(request.caller, body.subscriber);
  if (whose.kind === 'forbidden') return problemAnswer(otherSubscriber());
  return trackAnswer(await deps.tracker.track(request.caller.tenant, { ...body, subscriber: whose.subscriber }));
}

function trackAnswer(outcome: TrackOutcome): Answer {
  if (outcome.outcome === 'refused') return problemAnswer(refusalOf(outcome));
  return jsonAnswer(outcome.outcome === 'created' ? 201 : 200, outcome.transaction);
}

interface TransactionsQuery {
  readonly chain?: string;
  readonly hash?: string;
  readonly subscriber?: string;
  readonly status?: TransactionStatus;
  readonly limit: number;
  readonly cursor?: string;
}

async function listAnswerOf(request: FastifyRequest, deps: RouteDeps): Promise<Answer> {
  const { cursor, ...query } = request.query as TransactionsQuery;
  const { tenant } = request.caller;
  const whose = subscriberOf(request.caller, query.subscriber);
  if (whose.kind === 'forbidden') return problemAnswer(otherSubscriber());
  const scope: CursorScope = { kind: 'transactions', tenant, subject: null };
  const after = listPlace(deps.cursors, scope, cursor);
  if (after.kind === 'refused') return after.answer;
  if (query.chain !== undefined && canonicalChain(deps.tracker, query.chain) === null) return unknownChain();
  const page = await deps.tracker.transactions(tenant, { ...query, subscriber: whose.subscriber, after: after.place });
  return listAnswer(
    deps.cursors,
    scope,
    page.transactions.map((found) => JSON.stringify(found)),
    page.next,
  );
}
