import { emptyQuerySchema, listQuerySchema } from '@txtrail/protocol';
import type { FastifyInstance } from 'fastify';
import type { ChainReport } from '../../ports/tracker-service.ts';
import { jsonAnswer, notFound, problemAnswer } from '../answer.ts';
import { findChain } from '../chain-name.ts';
import type { CursorScope } from '../cursor.ts';
import { listAnswer, listPlace } from '../list-page.ts';
import { reading } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';

/** What is known of the chains that are followed, their providers included. */
export function registerChainRoutes(app: FastifyInstance, deps: RouteDeps): void {
  app.get(
    '/v1/chains',
    { schema: { querystring: listQuerySchema } },
    reading((request) => {
      const query = request.query as { readonly limit: number; readonly cursor?: string };
      const scope: CursorScope = { kind: 'chains', tenant: request.tenant, subject: null };
      const after = listPlace(deps.cursors, scope, query.cursor);
      if (after.kind === 'refused') return after.answer;
      const reports = deps.tracker.chains();
      const end = after.place + query.limit;
      const entries = reports.slice(after.place, end).map((report) => JSON.stringify(summaryOf(report)));
      return listAnswer(deps.cursors, scope, entries, end < reports.length ? end : null);
    }),
  );
  app.get(
    '/v1/chains/:chain',
    { schema: { querystring: emptyQuerySchema } },
    reading((request) => {
      const report = findChain(deps.tracker, (request.params as { readonly chain: string }).chain);
      return report === null ? problemAnswer(notFound()) : jsonAnswer(200, detailOf(report));
    }),
  );
}

function summaryOf(report: ChainReport): object {
  return {
    chain: report.chain,
    name: report.name,
    chainId: report.chainId,
    head:
      report.head === null
        ? null
        : { number: report.head.number, hash: report.head.hash, timestamp: isoTime(report.head.timestampMs) },
    finality: { source: report.finalitySource, safe: report.safe, finalized: report.finalized },
    lag: report.lag,
    providers: report.providers.map(({ name, role, state, reason, head, lag }) => ({
      name,
      role,
      state,
      reason,
      head,
      lag,
    })),
  };
}

function detailOf(report: ChainReport): object {
  return {
    ...summaryOf(report),
    recentBlocks: report.recentBlocks.map(({ number, hash, parentHash, timestampMs, transactions }) => ({
      number,
      hash,
      parentHash,
      timestamp: isoTime(timestampMs),
      transactions,
    })),
    recentReorgs: report.recentReorgs.map(({ timeMs, depth, ancestor, beyondFinality }) => ({
      time: isoTime(timeMs),
      depth,
      ancestor,
      beyondFinality,
    })),
  };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
