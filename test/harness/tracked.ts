import type { Tracked } from '../../src/core/transaction/tracked.ts';
import { hashOf } from './chain-script.ts';
import { defaultOptions } from './status-rig.ts';

/** A tracked transaction as it is right after its registration, but for what a test gives. */
export function trackedAt(position: number, change: Partial<Tracked> = {}): Tracked {
  return {
    id: `tx_${position}`,
    tenant: 'default',
    subscriber: 'default',
    chain: 'eip155:1',
    hash: hashOf(`tracked ${position}`),
    registered: { position, applied: 100, head: 100, safe: -1, finalized: -1 },
    createdAtMs: 1,
    options: defaultOptions,
    details: null,
    claimed: { from: null, nonce: null },
    broadcast: null,
    siblings: [],
    lookup: null,
    status: 'unknown',
    revision: 0,
    inclusion: null,
    rival: null,
    failure: null,
    firstSeenAtMs: null,
    includedAtMs: null,
    confirmedAtMs: null,
    finalizedAtMs: null,
    updatedAtMs: 1,
    ...change,
  };
}

export function inclusionAt(number: number, change: Partial<NonNullable<Tracked['inclusion']>> = {}) {
  return {
    block: { number, hash: hashOf(`block ${number}`) },
    index: 0,
    timestampMs: 1,
    provider: 'one',
    lookedBack: false,
    waitUntilMs: 2_000,
    askReceiptAtMs: 16_000,
    receipt: null,
    said: { included: false, executed: false, threshold: 1, confirmed: false, safe: false, finalized: false },
    ...change,
  } satisfies NonNullable<Tracked['inclusion']>;
}
