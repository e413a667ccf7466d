import { digest128 } from '../../lib/digest.ts';

/** A tracked transaction's id: the same registration has the same id for ever, on any node. */
export function transactionIdOf(tenant: string, chain: string, hash: string, subscriber: string): string {
  return `tx_${digest128('transaction', tenant, chain, hash, subscriber)}`;
}

/** An event's id follows from its transaction and revision, so that a replay says it under the same name. */
export function eventIdOf(transactionId: string, revision: number): string {
  return `evt_${digest128('event', transactionId, String(revision))}`;
}
