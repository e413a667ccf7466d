import type { Transaction, TxTrailEvent } from '@txtrail/protocol';

/** A transaction for tests: pending, registered at the minute of its number. */
export function sampleTransaction(number: number, facts: Partial<Transaction> = {}): Transaction {
  const digits = number.toString(16).padStart(4, '0');
  const createdAt = sampleTime(number * 60_000);
  return {
    id: `tx_${digits.repeat(8)}`,
    chain: 'eip155:31337',
    chainId: 31_337,
    hash: `0x${digits.repeat(16)}`,
    subscriber: 'default',
    status: 'pending',
    execution: null,
    finality: 'none',
    isTerminal: false,
    confirmations: 0,
    requiredConfirmations: 3,
    thresholds: [2],
    blockNumber: null,
    blockHash: null,
    transactionIndex: null,
    blockTimestamp: null,
    from: `0x${'a'.repeat(36)}${digits}`,
    to: `0x${'b'.repeat(36)}${digits}`,
    nonce: number,
    gasUsed: null,
    effectiveGasPrice: null,
    replacedBy: null,
    replaces: null,
    reason: null,
    metadata: null,
    createdAt,
    firstSeenAt: createdAt,
    includedAt: null,
    confirmedAt: null,
    finalizedAt: null,
    updatedAt: createdAt,
    ...facts,
  };
}

/** What a transaction in a block adds to a sample. */
export function placedIn(number: number, branch = 'a'): Partial<Transaction> {
  return {
    status: 'included',
    execution: 'success',
    confirmations: 1,
    blockNumber: number,
    blockHash: blockHash(number, branch),
  };
}

export function blockHash(number: number, branch = 'a'): string {
  return `0x${branch}${number.toString(16).padStart(63, '0')}`;
}

/** ISO 8601, so many milliseconds after a fixed start. */
export function sampleTime(offsetMs: number): string {
  return new Date(Date.parse('2026-01-01T00:00:00.000Z') + offsetMs).toISOString();
}

/** An event about it; its time is the transaction's `updatedAt`. */
export function sampleEvent(
  transaction: Transaction,
  revision: number,
  type: string,
  data: Partial<TxTrailEvent['data']> = {},
): TxTrailEvent {
  return {
    specversion: '1.0',
    id: `evt_${transaction.id.slice(3, 27)}${String(revision).padStart(8, '0')}`,
    source: 'txtrail',
    type: `transaction.${type}`,
    subject: `${transaction.chain}/${transaction.hash}`,
    time: transaction.updatedAt,
    timestamp: transaction.updatedAt,
    datacontenttype: 'application/json',
    tenant: 'default',
    subscriber: transaction.subscriber,
    seq: revision,
    revision,
    data: { transaction, previousStatus: null, confirmations: transaction.confirmations, late: false, ...data },
  };
}
