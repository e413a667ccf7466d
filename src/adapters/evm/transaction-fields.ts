import type { RlpItem, RlpList } from './rlp.ts';

/** Why a raw transaction was refused; each code is one kind of mistake. */
export type RawTransactionCode =
  | 'not_hex'
  | 'too_large'
  | 'unsupported_type'
  | 'not_canonical_rlp'
  | 'wrong_shape'
  | 'bad_field'
  | 'not_replay_protected'
  | 'bad_signature'
  | 'bad_sidecar';

/** Leaves the decoder early; the decoder's entry turns it into a value and nobody else sees it. */
export class RefusedTransaction extends Error {
  readonly reason: RawTransactionCode;

  constructor(reason: RawTransactionCode, message: string) {
    super(message);
    this.name = 'RefusedTransaction';
    this.reason = reason;
  }
}

export function refuse(reason: RawTransactionCode, message: string): never {
  throw new RefusedTransaction(reason, message);
}

export function listOf(item: RlpItem | undefined, name: string): RlpList {
  if (item === undefined || item instanceof Uint8Array) return refuse('wrong_shape', `${name} must be a list`);
  return item;
}

export function bytesOf(item: RlpItem | undefined, name: string): Uint8Array {
  if (!(item instanceof Uint8Array)) return refuse('wrong_shape', `${name} must be a byte string`);
  return item;
}

/** Big-endian without leading zeros, at most `maxBytes` long. */
export function integerOf(item: RlpItem | undefined, name: string, maxBytes: number): bigint {
  const bytes = bytesOf(item, name);
  if (bytes.length > maxBytes) return refuse('bad_field', `${name} is longer than ${maxBytes} bytes`);
  if (bytes[0] === 0) return refuse('bad_field', `${name} has a leading zero`);
  return bytes.length === 0 ? 0n : BigInt(hexOf(bytes));
}

/** An integer that JSON can carry exactly. */
export function safeIntegerOf(item: RlpItem | undefined, name: string, maxBytes: number): number {
  const value = integerOf(item, name, maxBytes);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return refuse('bad_field', `${name} is beyond 2^53 - 1`);
  return Number(value);
}

export function fixedOf(item: RlpItem | undefined, name: string, size: number): string {
  const bytes = bytesOf(item, name);
  if (bytes.length !== size) return refuse('bad_field', `${name} has ${bytes.length} bytes, not ${size}`);
  return hexOf(bytes);
}

export function recipientOf(item: RlpItem | undefined, name: string): string | null {
  return bytesOf(item, name).length === 0 ? null : fixedOf(item, name, 20);
}

/** Lower-case hex with `0x`. */
export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}
