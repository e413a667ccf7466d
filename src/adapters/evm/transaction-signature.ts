import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Address } from '../../core/chain/block.ts';
import { encodeRlp, rlpInteger } from './rlp.ts';
import type { RlpItem } from './rlp.ts';
import { fixedOf, hexOf, integerOf, listOf, refuse } from './transaction-fields.ts';

export interface TransactionSignature {
  readonly yParity: 0 | 1;
  /** As it stands in the transaction: 35 and more for a legacy one, else the parity. Decimal. */
  readonly v: string;
  readonly r: bigint;
  readonly s: bigint;
}

/** One entry of a set-code transaction (EIP-7702). */
export interface Authorization {
  /** Decimal; "0" is valid on every chain. */
  readonly chainId: string;
  /** The code that the account takes on; the zero address takes it off. */
  readonly address: Address;
  /** Decimal. */
  readonly nonce: string;
  readonly yParity: number;
  readonly r: bigint;
  readonly s: bigint;
}

const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** Above half the order a signature has a twin below it, so a chain takes only the lower one (EIP-2). */
const highestLowS = curveOrder / 2n;

/** Reads and bounds r and s; `v` is the field as it stood. */
export function signatureOf(
  r: RlpItem | undefined,
  s: RlpItem | undefined,
  yParity: 0 | 1,
  v: bigint,
): TransactionSignature {
  const signature = { yParity, v: v.toString(), r: integerOf(r, 'r', 32), s: integerOf(s, 's', 32) };
  if (signature.r === 0n || signature.r >= curveOrder) return refuse('bad_signature', 'r is out of range');
  if (signature.s === 0n || signature.s > highestLowS) {
    return refuse('bad_signature', 's is out of range; it must be in the lower half (EIP-2)');
  }
  return signature;
}

/** The address whose key signed the digest; null where the signature fits no key. */
export function recoverSender(
  digest: Uint8Array,
  signature: { readonly yParity: 0 | 1; readonly r: bigint; readonly s: bigint },
): Address | null {
  try {
    const point = new secp256k1.Signature(signature.r, signature.s, signature.yParity).recoverPublicKey(digest);
    return hexOf(keccak_256(point.toBytes(false).subarray(1)).subarray(12));
  } catch {
    // About half of all values of r are no point of the curve: an answer, not a fault.
    return null;
  }
}

export function authorizationOf(item: RlpItem, name: string): Authorization {
  const parts = listOf(item, name);
  if (parts.length !== 6) return refuse('wrong_shape', `${name} has ${parts.length} parts, not 6`);
  return {
    chainId: integerOf(parts[0], `${name}.chainId`, 32).toString(),
    address: fixedOf(parts[1], `${name}.address`, 20),
    nonce: integerOf(parts[2], `${name}.nonce`, 8).toString(),
    yParity: Number(integerOf(parts[3], `${name}.yParity`, 1)),
    r: integerOf(parts[4], `${name}.r`, 32),
    s: integerOf(parts[5], `${name}.s`, 32),
  };
}

/** Signing an authorization prefixes this byte, so that it can never be read as a transaction. */
const authorizationMagic = 0x05;

/**
 * Whose nonce an authorization uses up; null where nobody can be recovered: the chain then passes
 * over the entry and not over its transaction. Asked for on demand, since a transaction may carry
 * thousands and each recovery takes a fraction of a millisecond.
 */
export function recoverAuthority(authorization: Authorization): Address | null {
  const { chainId, address, nonce, yParity, r, s } = authorization;
  if ((yParity !== 0 && yParity !== 1) || r === 0n || s === 0n || s > highestLowS) return null;
  const signed = encodeRlp([
    rlpInteger(BigInt(chainId)),
    Buffer.from(address.slice(2), 'hex'),
    rlpInteger(BigInt(nonce)),
  ]);
  return recoverSender(keccak_256(Buffer.concat([Uint8Array.of(authorizationMagic), signed])), { yParity, r, s });
}
