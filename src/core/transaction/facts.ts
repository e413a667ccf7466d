import type { Finality } from '@txtrail/protocol';
import type { ChainView } from '../chain/chain-view.ts';
import type { TransactionFacts } from '../records/event-record.ts';
import { isTerminal, senderOf, type Tracked } from './tracked.ts';

/** Head number − inclusion number + 1 on the canonical chain; 0 while no inclusion was said. */
export function confirmationsOf(tracked: Tracked, view: ChainView): number {
  const { inclusion } = tracked;
  if (inclusion === null || !inclusion.said.included || view.head === null) return 0;
  return Math.max(1, view.head.number - inclusion.block.number + 1);
}

/** What the world may see of a transaction now, or (with `confirmations` given) at the moment of a fact. */
export function factsOf(tracked: Tracked, view: ChainView, confirmations?: number): TransactionFacts {
  const inclusion = tracked.inclusion?.said.included ? tracked.inclusion : null;
  const sender = senderOf(tracked);
  return {
    id: tracked.id,
    chain: tracked.chain,
    hash: tracked.hash,
    subscriber: tracked.subscriber,
    status: tracked.status,
    execution: inclusion?.receipt?.execution ?? null,
    finality: finalityOf(tracked, view),
    isTerminal: isTerminal(tracked),
    confirmations: confirmations ?? confirmationsOf(tracked, view),
    requiredConfirmations: tracked.options.confirmations,
    thresholds: tracked.options.thresholds,
    blockNumber: inclusion?.block.number ?? null,
    blockHash: inclusion?.block.hash ?? null,
    transactionIndex: inclusion?.index ?? null,
    blockTimestampMs: inclusion?.timestampMs ?? null,
    from: sender?.from ?? tracked.claimed.from,
    to: tracked.details?.to ?? null,
    nonce: sender?.nonce ?? tracked.claimed.nonce,
    gasUsed: inclusion?.receipt?.gasUsed ?? null,
    effectiveGasPrice: inclusion?.receipt?.effectiveGasPrice ?? null,
    replacedBy: tracked.rival?.hash ?? null,
    replaces: inclusion === null ? null : (tracked.siblings[0] ?? null),
    reason: tracked.rival?.reason ?? tracked.failure?.class ?? null,
    metadata: tracked.options.metadata,
    createdAtMs: tracked.createdAtMs,
    firstSeenAtMs: tracked.firstSeenAtMs,
    includedAtMs: tracked.includedAtMs,
    confirmedAtMs: tracked.confirmedAtMs,
    finalizedAtMs: tracked.finalizedAtMs,
    updatedAtMs: tracked.updatedAtMs,
  };
}

function finalityOf(tracked: Tracked, view: ChainView): Finality {
  const { inclusion } = tracked;
  if (inclusion === null || !inclusion.said.included) return 'none';
  // `finalized` is shown once it was said, never before: a status and its finality may not disagree.
  if (inclusion.said.finalized) return 'finalized';
  return covers(view.safe, inclusion.block.number) ? 'safe' : 'none';
}

export function covers(settled: { readonly number: number } | null, number: number): boolean {
  return settled !== null && settled.number >= number;
}
