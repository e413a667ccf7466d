import { hash } from 'node:crypto';
import type { Address, CallDetails } from '../../core/chain/block.ts';

/** What a transaction asks for, however it was read: from raw bytes or from an RPC body. */
export interface Call {
  readonly from: Address;
  readonly nonce: number;
  /** null: a contract creation. */
  readonly to: Address | null;
  /** Wei. */
  readonly value: bigint;
  /** `0x` hex. */
  readonly input: string;
}

/** The part of a transaction that replacement by sender and nonce is judged by. */
export function callDetailsOf(call: Call): CallDetails {
  return {
    from: call.from.toLowerCase(),
    nonce: call.nonce,
    to: call.to === null ? null : call.to.toLowerCase(),
    callDigest: callDigestOf(call.to, call.value, call.input),
    selfCancel: isSelfCancel(call.from, call.to, call.value),
  };
}

/**
 * First 16 bytes of SHA-256 over recipient, value and data, as 32 hex digits. The first two have
 * fixed sizes (1 byte telling a creation, 20 bytes, 32 bytes), so no two calls share their bytes.
 *
 * @param value wei, below 2^256
 * @param input `0x` hex, letters of either case
 */
export function callDigestOf(to: Address | null, value: bigint, input: string): string {
  const recipient = to === null ? `00${'0'.repeat(40)}` : `01${to.slice(2)}`;
  const bytes = Buffer.from(`${recipient}${value.toString(16).padStart(64, '0')}${input.slice(2)}`, 'hex');
  return hash('sha256', bytes, 'hex').slice(0, 32);
}

/** The shape of a cancellation: sent to the sender itself with value 0, whatever the data. */
export function isSelfCancel(from: Address, to: Address | null, value: bigint): boolean {
  return value === 0n && to !== null && to.toLowerCase() === from.toLowerCase();
}
