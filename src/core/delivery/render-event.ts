import type { TxTrailEvent, Transaction } from '@txtrail/protocol';
import type { EventRecord, TransactionFacts } from '../records/event-record.ts';

/**
 * The bytes of a numbered event. Pure, and never changed for a render version that was shipped:
 * whoever reads an event again, in whatever version of TxTrail, gets the same bytes. A new form is a
 * new version with a renderer of its own; `render-event.test.ts` keeps one of each.
 */
export function renderEvent(record: EventRecord, seq: number): string {
  switch (record.render) {
    case 1:
      return renderVersion1(record, seq);
  }
}

function renderVersion1(record: EventRecord, seq: number): string {
  const time = isoTime(record.timeMs);
  const event: TxTrailEvent = {
    specversion: '1.0',
    id: record.id,
    source: 'txtrail',
    type: record.type,
    subject: `${record.transaction.chain}/${record.transaction.hash}`,
    time,
    timestamp: time,
    datacontenttype: 'application/json',
    tenant: record.tenant,
    subscriber: record.subscriber,
    seq,
    revision: record.revision,
    data: {
      transaction: renderTransaction(record.transaction),
      previousStatus: record.previousStatus,
      confirmations: record.confirmations,
      late: record.late,
      ...(record.reorg === undefined ? {} : { reorg: record.reorg }),
      ...(record.replacement === undefined ? {} : { replacement: record.replacement }),
      ...(record.failure === undefined ? {} : { failure: record.failure }),
      ...(record.expiry === undefined ? {} : { expiry: record.expiry }),
    },
  };
  return JSON.stringify(event);
}

/** A transaction as the contract shows it, in events and in answers alike. */
export function renderTransaction(facts: TransactionFacts): Transaction {
  return {
    id: facts.id,
    chain: facts.chain,
    chainId: chainIdOf(facts.chain),
    hash: facts.hash,
    subscriber: facts.subscriber,
    status: facts.status,
    execution: facts.execution,
    finality: facts.finality,
    isTerminal: facts.isTerminal,
    confirmations: facts.confirmations,
    requiredConfirmations: facts.requiredConfirmations,
    thresholds: facts.thresholds,
    blockNumber: facts.blockNumber,
    blockHash: facts.blockHash,
    transactionIndex: facts.transactionIndex,
    blockTimestamp: isoTimeOrNull(facts.blockTimestampMs),
    from: facts.from,
    to: facts.to,
    nonce: facts.nonce,
    gasUsed: facts.gasUsed,
    effectiveGasPrice: facts.effectiveGasPrice,
    replacedBy: facts.replacedBy,
    replaces: facts.replaces,
    reason: facts.reason,
    metadata: facts.metadata ?? null,
    createdAt: isoTime(facts.createdAtMs),
    firstSeenAt: isoTimeOrNull(facts.firstSeenAtMs),
    includedAt: isoTimeOrNull(facts.includedAtMs),
    confirmedAt: isoTimeOrNull(facts.confirmedAtMs),
    finalizedAt: isoTimeOrNull(facts.finalizedAtMs),
    updatedAt: isoTime(facts.updatedAtMs),
  };
}

/** The EIP-155 number of a CAIP-2 chain; null for other families. */
export function chainIdOf(chain: string): number | null {
  return chain.startsWith('eip155:') ? Number(chain.slice('eip155:'.length)) : null;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function isoTimeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : isoTime(timeMs);
}
