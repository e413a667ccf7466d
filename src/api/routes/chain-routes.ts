import type { BlockReference, Chain, ChainDetail, RecentBlock } from '@txtrail/protocol';
import type { FastifyInstance } from 'fastify';
import type { ChainReport } from '../../ports/tracker-service.ts';
import { jsonAnswer, notFound, problemAnswer } from '../answer.ts';
import { findChain } from '../chain-name.ts';
import type { CursorScope } from '../cursor.ts';
import { listAnswer, listPlace } from '../list-page.ts';
import { getChain, listChains } from '../operations/chain-operations.ts';
import { serve } from '../operations/serve.ts';
import { reading } from '../route-deps.ts';
import type { RouteDeps } from '../route-deps.ts';

/** What is known of the chains that are followed, their providers included. */
export function registerChainRoutes(app: FastifyInstance, deps: RouteDeps): void {
  serve(
    app,
    listChains,
    reading((request) => {
      const query = request.query as { readonly limit: number; readonly cursor?: string };
      const scope: CursorScope = { kind: 'chains', tenant: request.caller.tenant, subject: null };
      const after = listPlace(deps.cursors, scope, query.cursor);
      if (after.kind === 'refused') return after.answer;
      const reports = deps.tracker.chains();
      const end = after.place + query.limit;
      const entries = reports.slice(after.place, end).map((report) => JSON.stringify(summaryOf(report)));
      return listAnswer(deps.cursors, scope, entries, end < reports.length ? end : null);
    }),
  );
  serve(
    app,
    getChain,
    reading((request) => {
      const report = findChain(deps.tracker, (request.params as { readonly chain: string }).chain);
      return report === null ? problemAnswer(notFound()) : jsonAnswer(200, detailOf(report));
    }),
  );
}

function summaryOf(report: ChainReport): Chain {
  const { chain, name, chainId, head, finalitySource, safe, finalized, lag } = report;
  return {
    chain,
    name,
    chainId,
    head: head === null ? null : { ...referenceOf(head), timestamp: isoTime(head.timestampMs) },
    finality: {
      source: finalitySource,
      safe: safe === null ? null : referenceOf(safe),
      finalized: finalized === null ? null : referenceOf(finalized),
    },
    lag,
    providers: report.providers.map((provider) => ({
      name: provider.name,
      role: provider.role,
      state: provider.state,
      reason: provider.reason,
      head: provider.head,
      lag: provider.lag,
    })),
  };
}

function detailOf(report: ChainReport): ChainDetail {
  return {
    ...summaryOf(report),
    recentBlocks: report.recentBlocks.map(blockOf),
    recentReorgs: report.recentReorgs.map(({ timeMs, depth, ancestor, beyondFinality, orphaned }) => ({
      time: isoTime(timeMs),
      depth,
      ancestor: referenceOf(ancestor),
      beyondFinality,
      orphaned: orphaned.map(blockOf),
    })),
  };
}

function blockOf(block: ChainReport['recentBlocks'][number]): RecentBlock {
  const { number, hash, parentHash, timestampMs, transactions } = block;
  return { number, hash, parentHash, timestamp: isoTime(timestampMs), transactions };
}

/** Only what the contract names: our own records may hold more. */
function referenceOf({ number, hash }: BlockReference): BlockReference {
  return { number, hash };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
