import type { EventRecord } from '../../src/core/records/event-record.ts';
import { eventIdOf } from '../../src/core/records/identity.ts';

/** An event record with everything filled in, told apart by what a test gives. */
export function eventRecord(given: {
  readonly source?: string;
  readonly position?: number;
  readonly ordinal?: number;
  readonly tenant?: string;
  readonly subscriber?: string;
  readonly type?: string;
  readonly transactionId?: string;
  readonly revision?: number;
  readonly timeMs?: number;
}): EventRecord {
  const { subscriber = 'default', transactionId = 'tx_1', revision = 1, type = 'transaction.included' } = given;
  const blockHash = `0x${'b'.repeat(64)}`;
  return {
    render: 1,
    origin: { source: given.source ?? 'status/0', position: given.position ?? 1, ordinal: given.ordinal ?? 0 },
    id: eventIdOf(transactionId, revision),
    tenant: given.tenant ?? 'default',
    subscriber,
    type,
    timeMs: given.timeMs ?? 1_700_000_000_123,
    transactionId,
    revision,
    previousStatus: 'pending',
    confirmations: 1,
    late: false,
    evidence: { rule: 'R04', providers: ['one'], block: { number: 7, hash: blockHash } },
    transaction: {
      id: transactionId,
      chain: 'eip155:1',
      hash: `0x${'a'.repeat(64)}`,
      subscriber,
      status: 'included',
      execution: 'success',
      finality: 'none',
      isTerminal: false,
      confirmations: 1,
      requiredConfirmations: 12,
      thresholds: [3],
      blockNumber: 7,
      blockHash,
      transactionIndex: 0,
      blockTimestampMs: 1_700_000_000_000,
      from: `0x${'1'.repeat(40)}`,
      to: null,
      nonce: 4,
      gasUsed: '21000',
      effectiveGasPrice: '1000000007',
      replacedBy: null,
      replaces: null,
      reason: null,
      metadata: { order: 'ü 17' },
      createdAtMs: 1_699_999_999_000,
      firstSeenAtMs: 1_699_999_999_500,
      includedAtMs: 1_700_000_000_123,
      confirmedAtMs: null,
      finalizedAtMs: null,
      updatedAtMs: 1_700_000_000_123,
    },
  };
}
