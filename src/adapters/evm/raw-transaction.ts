import { keccak_256 } from '@noble/hashes/sha3.js';
import type { CallDetails, Hash } from '../../core/chain/block.ts';
import { callDetailsOf } from './call-digest.ts';
import { accessListOf, blobHashesOf } from './transaction-lists.ts';
import type { AccessListEntry } from './transaction-lists.ts';
import { blobSidecarOf } from './blob-sidecar.ts';
import { authorizationOf, recoverSender, signatureOf } from './transaction-signature.ts';
import type { Authorization, TransactionSignature } from './transaction-signature.ts';
import { decodeRlp, encodeRlp, rlpInteger } from './rlp.ts';
import type { RlpItem, RlpList } from './rlp.ts';
import {
  bytesOf,
  hexOf,
  integerOf,
  listOf,
  recipientOf,
  refuse,
  RefusedTransaction,
  safeIntegerOf,
} from './transaction-fields.ts';
import type { RawTransactionCode } from './transaction-fields.ts';

export type TransactionType = 0 | 1 | 2 | 3 | 4;

/** A signed transaction as its bytes tell it. Wei and gas amounts are decimal strings. */
export interface RawTransaction {
  readonly hash: Hash;
  readonly chainId: number;
  readonly type: TransactionType;
  readonly details: CallDetails;
  readonly value: string;
  /** `0x` hex. */
  readonly input: string;
  readonly gas: TransactionGas;
  readonly accessList: readonly AccessListEntry[];
  readonly blobVersionedHashes: readonly Hash[];
  /** Empty but for type 4. */
  readonly authorizations: readonly Authorization[];
  readonly signature: TransactionSignature;
  /** Present where a blob transaction came in its network form, with the blobs beside it. */
  readonly sidecar: { readonly version: 0 | 1; readonly blobs: number } | null;
}

export interface TransactionGas {
  readonly gasLimit: string;
  /** Types 0 and 1. */
  readonly gasPrice: string | null;
  /** Types 2, 3 and 4. */
  readonly maxFeePerGas: string | null;
  readonly maxPriorityFeePerGas: string | null;
  /** Type 3. */
  readonly maxFeePerBlobGas: string | null;
}

export type RawTransactionResult =
  | { readonly ok: true; readonly transaction: RawTransaction }
  | { readonly ok: false; readonly reason: { readonly code: RawTransactionCode; readonly message: string } };

/** Twenty-one blobs with their proofs fit with room to spare; nothing that a chain takes is larger. */
export const rawTransactionByteLimit = 4 * 1024 * 1024;

/**
 * Decodes a signed transaction of any type (EIP-2718 types 0 to 4, a blob transaction with or
 * without its sidecar) and recovers its sender. Strict about everything that the bytes alone
 * decide: canonical RLP, field sizes, low s, a chain id. What a node judges by its state (funds,
 * fees, nonce) and the blobs' KZG proofs are left to the node.
 *
 * @param raw `0x` hex. Never throws on any string.
 */
export function decodeRawTransaction(raw: string): RawTransactionResult {
  try {
    return { ok: true, transaction: decode(bytesOfHex(raw)) };
  } catch (error) {
    if (!(error instanceof RefusedTransaction)) throw error;
    return { ok: false, reason: { code: error.reason, message: error.message } };
  }
}

function bytesOfHex(raw: string): Uint8Array {
  if (!raw.startsWith('0x')) return refuse('not_hex', 'the transaction must begin with 0x');
  if (raw.length % 2 !== 0) return refuse('not_hex', 'the transaction has an odd number of hex digits');
  const length = (raw.length - 2) / 2;
  if (length === 0) return refuse('not_hex', 'the transaction is empty');
  if (length > rawTransactionByteLimit) {
    return refuse('too_large', `the transaction has ${length} bytes, more than ${rawTransactionByteLimit}`);
  }
  const bytes = Buffer.from(raw.slice(2), 'hex');
  // Buffer stops at the first character that is no hex digit, so a short result tells of one.
  if (bytes.length !== length) return refuse('not_hex', `not a hex digit near byte ${bytes.length}`);
  return bytes;
}

function decode(bytes: Uint8Array): RawTransaction {
  const first = bytes[0] ?? 0;
  if (first >= 0xc0) return decodeLegacy(listOf(rlpOf(bytes, 0), 'the transaction'));
  const type = typeOf(first);
  const outer = listOf(rlpOf(bytes.subarray(1), 1), 'the transaction');
  const isWrapped = type === 3 && outer[0] !== undefined && !(outer[0] instanceof Uint8Array);
  const items = isWrapped ? listOf(outer[0], 'the transaction inside the network form') : outer;
  const transaction = decodeTyped(type, layouts[type], items);
  return isWrapped ? { ...transaction, sidecar: blobSidecarOf(outer, transaction.blobVersionedHashes) } : transaction;
}

function typeOf(first: number): 1 | 2 | 3 | 4 {
  if (first === 1 || first === 2 || first === 3 || first === 4) return first;
  return refuse('unsupported_type', `transaction type 0x${first.toString(16)} is not known`);
}

function rlpOf(bytes: Uint8Array, shift: number): RlpItem {
  const decoded = decodeRlp(bytes);
  if (!decoded.ok) return refuse('not_canonical_rlp', `${decoded.message} (at byte ${decoded.offset + shift})`);
  return decoded.item;
}

function decodeLegacy(items: RlpList): RawTransaction {
  if (items.length !== 9) return refuse('wrong_shape', `a legacy transaction has 9 fields, not ${items.length}`);
  const v = integerOf(items[6], 'v', 32);
  if (v === 27n || v === 28n) {
    return refuse('not_replay_protected', 'the transaction names no chain (EIP-155), so it is valid on every chain');
  }
  if (v < 35n) return refuse('bad_signature', `v is ${v}, which no signature has`);
  const chainId = checkedChainId((v - 35n) / 2n);
  const common = callFieldsOf(items, { nonce: 0, gasLimit: 2, to: 3, value: 4, input: 5 }, 0);
  const signature = signatureOf(items[7], items[8], Number((v - 35n) % 2n) as 0 | 1, v);
  const signed = encodeRlp([...items.slice(0, 6), rlpInteger(chainId), rlpInteger(0), rlpInteger(0)]);
  return {
    ...withSender(common, signed, signature),
    hash: keccakHex(encodeRlp(items)),
    chainId,
    type: 0,
    gas: { ...noGas, gasLimit: common.gasLimit, gasPrice: integerOf(items[1], 'gasPrice', 32).toString() },
    accessList: [],
    blobVersionedHashes: [],
    authorizations: [],
    sidecar: null,
  };
}

/** Where each field stands in a type's list; what a type lacks is left out. */
interface Layout extends CallPlaces {
  readonly gasPrice?: number;
  readonly maxPriorityFeePerGas?: number;
  readonly maxFeePerGas?: number;
  readonly accessList: number;
  readonly maxFeePerBlobGas?: number;
  readonly blobVersionedHashes?: number;
  readonly authorizationList?: number;
  /** yParity, r and s are the last three. */
  readonly length: number;
}

interface CallPlaces {
  readonly nonce: number;
  readonly gasLimit: number;
  readonly to: number;
  readonly value: number;
  readonly input: number;
}

const feeMarket = {
  nonce: 1,
  maxPriorityFeePerGas: 2,
  maxFeePerGas: 3,
  gasLimit: 4,
  to: 5,
  value: 6,
  input: 7,
  accessList: 8,
};

const layouts: Readonly<Record<1 | 2 | 3 | 4, Layout>> = {
  1: { nonce: 1, gasPrice: 2, gasLimit: 3, to: 4, value: 5, input: 6, accessList: 7, length: 11 },
  2: { ...feeMarket, length: 12 },
  3: { ...feeMarket, maxFeePerBlobGas: 9, blobVersionedHashes: 10, length: 14 },
  4: { ...feeMarket, authorizationList: 9, length: 13 },
};

const noGas = { gasPrice: null, maxFeePerGas: null, maxPriorityFeePerGas: null, maxFeePerBlobGas: null };

function decodeTyped(type: 1 | 2 | 3 | 4, layout: Layout, items: RlpList): RawTransaction {
  if (items.length !== layout.length) {
    return refuse('wrong_shape', `a type ${type} transaction has ${layout.length} fields, not ${items.length}`);
  }
  const chainId = checkedChainId(integerOf(items[0], 'chainId', 32));
  const common = callFieldsOf(items, layout, type);
  const yParity = integerOf(items.at(-3), 'yParity', 1);
  if (yParity > 1n) return refuse('bad_signature', `yParity is ${yParity}, not 0 or 1`);
  const signature = signatureOf(items.at(-2), items.at(-1), Number(yParity) as 0 | 1, yParity);
  const price = (place: number | undefined, name: string): string | null =>
    place === undefined ? null : integerOf(items[place], name, 32).toString();
  return {
    ...withSender(common, typedBytes(type, items.slice(0, -3)), signature),
    hash: keccakHex(typedBytes(type, items)),
    chainId,
    type,
    gas: {
      gasLimit: common.gasLimit,
      gasPrice: price(layout.gasPrice, 'gasPrice'),
      maxFeePerGas: price(layout.maxFeePerGas, 'maxFeePerGas'),
      maxPriorityFeePerGas: price(layout.maxPriorityFeePerGas, 'maxPriorityFeePerGas'),
      maxFeePerBlobGas: price(layout.maxFeePerBlobGas, 'maxFeePerBlobGas'),
    },
    accessList: accessListOf(items[layout.accessList]),
    blobVersionedHashes:
      layout.blobVersionedHashes === undefined ? [] : blobHashesOf(items[layout.blobVersionedHashes]),
    authorizations: authorizationsOf(layout.authorizationList, items),
    sidecar: null,
  };
}

interface CallFields {
  readonly nonce: number;
  readonly gasLimit: string;
  readonly to: string | null;
  readonly value: bigint;
  readonly input: string;
}

function callFieldsOf(items: RlpList, places: CallPlaces, type: TransactionType): CallFields {
  const to = recipientOf(items[places.to], 'to');
  if (to === null && type >= 3) return refuse('bad_field', `to must be an address in a type ${type} transaction`);
  return {
    nonce: safeIntegerOf(items[places.nonce], 'nonce', 8),
    gasLimit: integerOf(items[places.gasLimit], 'gasLimit', 8).toString(),
    to,
    value: integerOf(items[places.value], 'value', 32),
    input: hexOf(bytesOf(items[places.input], 'input')),
  };
}

function withSender(
  call: CallFields,
  signed: Uint8Array,
  signature: TransactionSignature,
): Pick<RawTransaction, 'details' | 'value' | 'input' | 'signature'> {
  const from = recoverSender(keccak_256(signed), signature);
  if (from === null) return refuse('bad_signature', 'no sender can be recovered from the signature');
  return { details: callDetailsOf({ ...call, from }), value: call.value.toString(), input: call.input, signature };
}

function checkedChainId(value: bigint): number {
  if (value === 0n) return refuse('bad_field', 'chainId is 0, which names no chain');
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return refuse('bad_field', 'chainId is beyond 2^53 - 1');
  return Number(value);
}

function authorizationsOf(place: number | undefined, items: RlpList): readonly Authorization[] {
  if (place === undefined) return [];
  const list = listOf(items[place], 'authorizationList');
  if (list.length === 0) return refuse('bad_field', 'authorizationList is empty');
  return list.map((item, index) => authorizationOf(item, `authorizationList[${index}]`));
}

function typedBytes(type: number, items: RlpList): Uint8Array {
  const payload = encodeRlp(items);
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = type;
  bytes.set(payload, 1);
  return bytes;
}

function keccakHex(bytes: Uint8Array): Hash {
  return hexOf(keccak_256(bytes));
}
