import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { encodeRlp, rlpInteger } from '../adapters/evm/rlp.ts';
import type { RlpItem } from '../adapters/evm/rlp.ts';
import type { Address, Hash } from '../core/chain/block.ts';

/** An EIP-1559 transaction before it is signed; amounts in wei. */
export interface UnsignedTransaction {
  readonly chainId: number;
  readonly nonce: number;
  /** null: a contract creation. */
  readonly to: Address | null;
  readonly value: bigint;
  /** `0x` hex. */
  readonly input: string;
  readonly gas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface SignedTransaction {
  /** `0x` hex, as `eth_sendRawTransaction` takes it. */
  readonly raw: string;
  readonly hash: Hash;
}

const feeMarketType = 0x02;

/** Signs with a private key in `0x` hex. */
export function signTransaction(transaction: UnsignedTransaction, privateKey: string): SignedTransaction {
  const fields: RlpItem[] = [
    rlpInteger(transaction.chainId),
    rlpInteger(transaction.nonce),
    rlpInteger(transaction.maxPriorityFeePerGas),
    rlpInteger(transaction.maxFeePerGas),
    rlpInteger(transaction.gas),
    transaction.to === null ? new Uint8Array(0) : bytesOf(transaction.to),
    rlpInteger(transaction.value),
    bytesOf(transaction.input),
    [],
  ];
  const digest = keccak_256(typed(fields));
  const signed = secp256k1.sign(digest, bytesOf(privateKey), { prehash: false, format: 'recovered' });
  const { r, s, recovery } = secp256k1.Signature.fromBytes(signed, 'recovered');
  const raw = typed([...fields, rlpInteger(recovery ?? 0), rlpInteger(r), rlpInteger(s)]);
  return { raw: hexOf(raw), hash: hexOf(keccak_256(raw)) };
}

/** The address of a private key in `0x` hex, in lower case. */
export function addressOf(privateKey: string): Address {
  const point = secp256k1.getPublicKey(bytesOf(privateKey), false);
  return hexOf(keccak_256(point.subarray(1)).subarray(12));
}

function typed(fields: RlpItem): Uint8Array {
  return Buffer.concat([Uint8Array.of(feeMarketType), encodeRlp(fields)]);
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), 'hex'));
}

function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
