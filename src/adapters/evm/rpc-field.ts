import type { Address, Hash } from '../../core/chain/block.ts';
import { badAnswer, excerpt, type FaultPlace } from '../json-rpc/json-rpc-fault.ts';
import { isObject } from '../json-rpc/json-rpc-message.ts';

/**
 * Strict readers of single fields of an Ethereum JSON-RPC answer. Nothing of an answer is trusted
 * before it went through one of these; each rejects with `provider_bad_answer` and names the field.
 */

const hashPattern = /^0x[0-9a-fA-F]{64}$/;
const addressPattern = /^0x[0-9a-fA-F]{40}$/;
const dataPattern = /^0x(?:[0-9a-fA-F]{2})*$/;
const quantityPattern = /^0x[0-9a-fA-F]{1,64}$/;

export type Fields = Record<string, unknown>;

export function readObject(place: FaultPlace, value: unknown, what: string): Fields {
  if (!isObject(value)) throw wrongField(place, what, 'an object', value);
  return value;
}

export function readArray(place: FaultPlace, value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongField(place, what, 'an array', value);
  return value;
}

export function readHash(place: FaultPlace, value: unknown, what: string): Hash {
  if (typeof value !== 'string' || !hashPattern.test(value)) throw wrongField(place, what, 'a 32-byte hash', value);
  return value.toLowerCase();
}

export function readAddress(place: FaultPlace, value: unknown, what: string): Address {
  if (typeof value !== 'string' || !addressPattern.test(value)) throw wrongField(place, what, 'an address', value);
  return value.toLowerCase();
}

export function readData(place: FaultPlace, value: unknown, what: string): string {
  if (typeof value !== 'string' || !dataPattern.test(value)) throw wrongField(place, what, 'whole bytes as hex', value);
  return value.toLowerCase();
}

/** A quantity below 2^256. Leading zeros are let through: several chains write them. */
export function readQuantity(place: FaultPlace, value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !quantityPattern.test(value)) throw wrongField(place, what, 'a quantity', value);
  return BigInt(value);
}

/** A quantity that a JavaScript number holds exactly. */
export function readInteger(place: FaultPlace, value: unknown, what: string): number {
  const quantity = readQuantity(place, value, what);
  if (quantity > BigInt(Number.MAX_SAFE_INTEGER)) throw wrongField(place, what, 'an integer below 2^53', value);
  return Number(quantity);
}

export function wrongField(place: FaultPlace, what: string, wanted: string, value: unknown): Error {
  return badAnswer(place, `${what} that is not ${wanted}: ${excerpt(String(JSON.stringify(value)))}`);
}
