import { keccak_256 } from '@noble/hashes/sha3.js';
import type { RawTransaction } from '../adapters/evm/raw-transaction.ts';
import { recoverAuthority } from '../adapters/evm/transaction-signature.ts';
import type { Address, Hash } from '../core/chain/block.ts';

export type TransactionType = 0 | 1 | 2 | 3 | 4;

/** A transaction in plain words; what is left out gets a sensible value. Amounts in wei. */
export interface TransactionSpec {
  readonly from: Address;
  /** Default: the sender's next nonce, after what waits in the pool. */
  readonly nonce?: number | undefined;
  /** null: a contract creation. Default: an address without code. */
  readonly to?: Address | null | undefined;
  readonly value?: bigint | undefined;
  /** `0x` hex. */
  readonly input?: string | undefined;
  /** Default 2. */
  readonly type?: TransactionType | undefined;
  readonly gas?: bigint | undefined;
  readonly gasUsed?: bigint | undefined;
  readonly gasPrice?: bigint | undefined;
  readonly maxFeePerGas?: bigint | undefined;
  readonly maxPriorityFeePerGas?: bigint | undefined;
  readonly maxFeePerBlobGas?: bigint | undefined;
  readonly accessList?: readonly ScriptedAccessListEntry[] | undefined;
  readonly blobVersionedHashes?: readonly Hash[] | undefined;
  readonly authorizations?: readonly AuthorizationSpec[] | undefined;
  /** True: its execution reverts wherever it is mined, unless the block's script says otherwise. */
  readonly reverts?: boolean | undefined;
}

export interface AuthorizationSpec {
  readonly authority: Address;
  readonly address: Address;
  readonly nonce: number;
  /** Default: the chain's own; 0 is valid on every chain. */
  readonly chainId?: number | undefined;
}

export interface ScriptedAccessListEntry {
  readonly address: Address;
  readonly storageKeys: readonly Hash[];
}

export interface ScriptedAuthorization {
  readonly chainId: bigint;
  readonly address: Address;
  readonly nonce: bigint;
  readonly authority: Address | null;
  readonly yParity: number;
  readonly r: bigint;
  readonly s: bigint;
}

/** A transaction that the chain knows: from a spec, or signed and sent. */
export interface ScriptedTransaction {
  readonly hash: Hash;
  readonly type: TransactionType;
  readonly chainId: number;
  readonly from: Address;
  readonly nonce: number;
  readonly to: Address | null;
  readonly value: bigint;
  readonly input: string;
  readonly gas: bigint;
  /** What its execution takes. */
  readonly gasUsed: bigint;
  readonly gasPrice: bigint | null;
  readonly maxFeePerGas: bigint | null;
  readonly maxPriorityFeePerGas: bigint | null;
  readonly maxFeePerBlobGas: bigint | null;
  readonly accessList: readonly ScriptedAccessListEntry[];
  readonly blobVersionedHashes: readonly Hash[];
  readonly authorizations: readonly ScriptedAuthorization[];
  readonly v: bigint;
  readonly yParity: 0 | 1;
  readonly r: bigint;
  readonly s: bigint;
  readonly reverts: boolean;
}

const gwei = 1_000_000_000n;
const defaultPrice = 100n * gwei;
const defaultRecipient = '0x00000000000000000000000000000000000f00d5';

/**
 * Makes a transaction of a spec. Its hash and signature follow from its content alone: they look
 * real and are always the same, but no key signed them.
 */
export function transactionFromSpec(spec: TransactionSpec, chainId: number, nonce: number): ScriptedTransaction {
  const type = spec.type ?? 2;
  const hasFeeMarket = type >= 2;
  const call = { to: spec.to === undefined ? defaultRecipient : lower(spec.to), input: spec.input ?? '0x' };
  const accessList = spec.accessList ?? [];
  const lists = {
    accessList,
    blobVersionedHashes: blobHashesOf(spec, type),
    authorizations: authorizationsOf(spec, chainId),
  };
  const gasUsed = spec.gasUsed ?? intrinsicGas({ ...call, ...lists });
  const content = {
    type,
    chainId,
    from: spec.from.toLowerCase(),
    nonce,
    ...call,
    value: spec.value ?? 0n,
    gas: spec.gas ?? gasUsed + gasUsed / 4n,
    gasPrice: hasFeeMarket ? null : (spec.gasPrice ?? defaultPrice),
    maxFeePerGas: hasFeeMarket ? (spec.maxFeePerGas ?? defaultPrice) : null,
    maxPriorityFeePerGas: hasFeeMarket ? (spec.maxPriorityFeePerGas ?? gwei) : null,
    maxFeePerBlobGas: type === 3 ? (spec.maxFeePerBlobGas ?? gwei) : null,
    ...lists,
  };
  const hash = digestOf(content);
  const yParity = (Number.parseInt(hash.slice(-1), 16) & 1) as 0 | 1;
  const v = type === 0 ? BigInt(chainId) * 2n + 35n + BigInt(yParity) : BigInt(yParity);
  return { ...content, hash, gasUsed, v, yParity, ...sealOf(hash), reverts: spec.reverts ?? false };
}

/** Takes over a signed transaction as it was decoded. */
export function transactionFromRaw(raw: RawTransaction): ScriptedTransaction {
  const authorizations = raw.authorizations.map((entry) => ({
    ...entry,
    chainId: BigInt(entry.chainId),
    nonce: BigInt(entry.nonce),
    authority: recoverAuthority(entry),
  }));
  const { hash, type, chainId, details, input, accessList, blobVersionedHashes, gas, signature } = raw;
  const lists = { accessList, blobVersionedHashes, authorizations };
  return {
    hash,
    type,
    chainId,
    from: details.from,
    nonce: details.nonce,
    to: details.to,
    value: BigInt(raw.value),
    input,
    gas: BigInt(gas.gasLimit),
    gasUsed: intrinsicGas({ to: details.to, input, ...lists }),
    gasPrice: amount(gas.gasPrice),
    maxFeePerGas: amount(gas.maxFeePerGas),
    maxPriorityFeePerGas: amount(gas.maxPriorityFeePerGas),
    maxFeePerBlobGas: amount(gas.maxFeePerBlobGas),
    ...lists,
    v: BigInt(signature.v),
    yParity: signature.yParity,
    r: signature.r,
    s: signature.s,
    reverts: false,
  };
}

/** The most a transaction pays for a unit of gas. */
export function feeCapOf(transaction: ScriptedTransaction): bigint {
  return transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n;
}

/** What it offers the block's maker at most. */
export function tipCapOf(transaction: ScriptedTransaction): bigint {
  return transaction.maxPriorityFeePerGas ?? transaction.gasPrice ?? 0n;
}

/** What a unit of gas costs in a block of that base fee (EIP-1559). */
export function effectivePriceOf(transaction: ScriptedTransaction, baseFee: bigint): bigint {
  if (transaction.gasPrice !== null) return transaction.gasPrice;
  return lesser(baseFee + tipCapOf(transaction), feeCapOf(transaction));
}

/** What it offers a block's maker at that base fee. */
export function tipOf(transaction: ScriptedTransaction, baseFee: bigint): bigint {
  return lesser(feeCapOf(transaction) - baseFee, tipCapOf(transaction));
}

function lesser(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}

/** What a transaction costs before it does anything (EIP-2028, EIP-2930, EIP-7702). */
export function intrinsicGas(call: {
  readonly to: Address | null;
  readonly input: string;
  readonly accessList: readonly ScriptedAccessListEntry[];
  readonly authorizations: readonly unknown[];
}): bigint {
  const bytes = Buffer.from(call.input.slice(2), 'hex');
  const dataGas = bytes.reduce((total, byte) => total + (byte === 0 ? 4 : 16), 0);
  const keys = call.accessList.reduce((total, entry) => total + entry.storageKeys.length, 0);
  const listGas = call.accessList.length * 2400 + keys * 1900 + call.authorizations.length * 25_000;
  return BigInt(21_000 + dataGas + listGas + (call.to === null ? 32_000 : 0));
}

function blobHashesOf(spec: TransactionSpec, type: TransactionType): readonly Hash[] {
  if (type !== 3) return [];
  return spec.blobVersionedHashes ?? [`0x01${digestOf({ blobOf: spec.from, nonce: spec.nonce ?? null }).slice(4)}`];
}

function authorizationsOf(spec: TransactionSpec, chainId: number): readonly ScriptedAuthorization[] {
  return (spec.authorizations ?? []).map((entry) => ({
    chainId: BigInt(entry.chainId ?? chainId),
    address: entry.address.toLowerCase(),
    nonce: BigInt(entry.nonce),
    authority: entry.authority.toLowerCase(),
    yParity: 0,
    ...sealOf(digestOf({ ...entry })),
  }));
}

function sealOf(hash: Hash): { readonly r: bigint; readonly s: bigint } {
  // One bit fewer keeps both in the range of real signatures.
  return { r: BigInt(digestOf({ r: hash })) >> 1n, s: BigInt(digestOf({ s: hash })) >> 2n };
}

/** Keccak over the content as JSON: any change of a field gives another hash. */
export function digestOf(content: unknown): Hash {
  const text = JSON.stringify(content, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return `0x${Buffer.from(keccak_256(Buffer.from(text))).toString('hex')}`;
}

function lower(address: Address | null): Address | null {
  return address === null ? null : address.toLowerCase();
}

function amount(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
