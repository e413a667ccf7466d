import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  bytesToHex,
  commitmentToVersionedHash,
  concatHex,
  fromRlp,
  keccak256,
  numberToHex,
  toRlp,
  type Hex,
  type TransactionSerializable,
} from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { revertingContract, testAccount } from './accounts.ts';

export type TransactionKind = 'legacy' | 'eip1559' | 'blob' | 'set_code' | 'reverting';

export interface SignedTransaction {
  readonly kind: TransactionKind;
  readonly raw: Hex;
  readonly hash: Hex;
  readonly from: Hex;
  readonly to: Hex;
  readonly nonce: number;
  readonly value: bigint;
  readonly data: Hex;
  /** Wei per gas at most. */
  readonly feeCap: bigint;
}

export interface CallOptions {
  /** Left out: the next one. */
  readonly nonce?: number;
  readonly to?: Hex;
  readonly value?: bigint;
  readonly data?: Hex;
  /** Wei per gas at most; the tip is a tenth of it. */
  readonly feeCap?: bigint;
  /** Left out: the sender's own chain. */
  readonly chainId?: number;
}

const gwei = 10n ** 9n;
const defaultFeeCap = 20n * gwei;

/** Where ordinary test transfers go. */
export const recipient: Hex = '0x00000000000000000000000000000000000c0ffe';

/**
 * Signs one account's transactions for one chain and counts its nonces. Nothing is sent: tests
 * decide who hears of what.
 */
export class TransactionSender {
  readonly account: PrivateKeyAccount;
  readonly chainId: number;
  nextNonce: number;

  constructor(options: { readonly accountIndex: number; readonly chainId: number; readonly nextNonce?: number }) {
    this.account = testAccount(options.accountIndex);
    this.chainId = options.chainId;
    this.nextNonce = options.nextNonce ?? 0;
  }

  legacy(options: CallOptions = {}): Promise<SignedTransaction> {
    const call = this.#call(options);
    return this.#sign('legacy', call, { ...call.fields, type: 'legacy', gasPrice: call.feeCap });
  }

  eip1559(options: CallOptions = {}, kind: TransactionKind = 'eip1559'): Promise<SignedTransaction> {
    const call = this.#call(options);
    return this.#sign(kind, call, { ...call.fields, ...feesOf(call), type: 'eip1559' });
  }

  /** Calls the contract that always reverts: mined, paid for, and failed. */
  reverting(options: CallOptions = {}): Promise<SignedTransaction> {
    return this.eip1559({ to: revertingContract, ...options }, 'reverting');
  }

  async blob(options: CallOptions = {}): Promise<SignedTransaction> {
    const call = this.#call(options);
    const sidecar = constantBlobSidecar(BigInt(this.account.address) + BigInt(call.nonce));
    const fields = { ...call.fields, ...feesOf(call), maxFeePerBlobGas: call.feeCap, type: 'eip4844' } as const;
    // Signature and hash are over the transaction as it stands in a block, without its sidecar.
    const blobVersionedHashes = [commitmentToVersionedHash({ commitment: sidecar.commitment })];
    const inBlock = await this.account.signTransaction({ ...fields, blobVersionedHashes });
    return this.#signed('blob', call, withSidecar(inBlock, sidecar), keccak256(inBlock));
  }

  /** An EIP-7702 transaction; `authority` is the account that delegates (its nonce must be given). */
  async setCode(
    options: CallOptions & { readonly authority: { readonly accountIndex: number; readonly nonce: number } },
  ): Promise<SignedTransaction> {
    const call = this.#call(options);
    const authorization = await testAccount(options.authority.accountIndex).signAuthorization({
      contractAddress: revertingContract,
      chainId: this.chainId,
      nonce: options.authority.nonce,
    });
    const fields = { ...call.fields, ...feesOf(call), authorizationList: [authorization] };
    return this.#sign('set_code', call, { ...fields, type: 'eip7702' });
  }

  /** The same call again at twice the fee. */
  speedUp(original: SignedTransaction): Promise<SignedTransaction> {
    const { nonce, to, value, data, feeCap } = original;
    return this.eip1559({ nonce, to, value, data, feeCap: feeCap * 2n });
  }

  /** Nothing, to itself, at twice the fee. */
  selfCancel(original: SignedTransaction): Promise<SignedTransaction> {
    return this.eip1559({ nonce: original.nonce, to: this.account.address, value: 0n, feeCap: original.feeCap * 2n });
  }

  /** Something else in its place, at twice the fee. */
  otherRival(original: SignedTransaction): Promise<SignedTransaction> {
    const value = original.value + 1_000n;
    return this.eip1559({ nonce: original.nonce, to: original.to, value, feeCap: original.feeCap * 2n });
  }

  #call(options: CallOptions): Call {
    const nonce = options.nonce ?? this.nextNonce;
    this.nextNonce = Math.max(this.nextNonce, nonce + 1);
    const { to = recipient, value = 1n, data = '0x', feeCap = defaultFeeCap, chainId = this.chainId } = options;
    // Reverting calls carry no value in practice, yet may: the default of one wei stays.
    return { nonce, to, value, data, feeCap, fields: { nonce, to, value, data, chainId, gas: 120_000n } };
  }

  async #sign(kind: TransactionKind, call: Call, transaction: TransactionSerializable): Promise<SignedTransaction> {
    const raw = await this.account.signTransaction(transaction);
    return this.#signed(kind, call, raw, keccak256(raw));
  }

  #signed(kind: TransactionKind, call: Call, raw: Hex, hash: Hex): SignedTransaction {
    const { nonce, to, value, data, feeCap } = call;
    return { kind, raw, hash, from: this.account.address, to, nonce, value, data, feeCap };
  }
}

interface Call {
  readonly nonce: number;
  readonly to: Hex;
  readonly value: bigint;
  readonly data: Hex;
  readonly feeCap: bigint;
  readonly fields: {
    readonly nonce: number;
    readonly to: Hex;
    readonly value: bigint;
    readonly data: Hex;
    readonly chainId: number;
    readonly gas: bigint;
  };
}

function feesOf(call: Call): { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint } {
  return { maxFeePerGas: call.feeCap, maxPriorityFeePerGas: call.feeCap / 10n };
}

/** Field elements of a blob (EIP-4844), each of 32 bytes. */
const elementsInBlob = 4096;

/** Cells of an extended blob (EIP-7594), each with its own proof. */
const cellsInBlob = 128;

interface BlobSidecar {
  readonly blob: Hex;
  readonly commitment: Hex;
  readonly cellProofs: readonly Hex[];
}

/**
 * A blob whose elements all have one value is a constant polynomial: its KZG commitment is that value
 * times the generator and each proof the point at infinity. A valid sidecar thus needs neither the
 * trusted setup nor a KZG library, and each value makes another blob.
 */
function constantBlobSidecar(value: bigint): BlobSidecar {
  const element = numberToHex(value, { size: 32 }).slice(2);
  const proof = bytesToHex(bls12_381.G1.Point.ZERO.toBytes(true));
  return {
    blob: `0x${element.repeat(elementsInBlob)}`,
    commitment: bytesToHex(bls12_381.G1.Point.BASE.multiply(value).toBytes(true)),
    cellProofs: Array.from({ length: cellsInBlob }, () => proof),
  };
}

/** The form that a pool takes: version 1 of the sidecar, with cell proofs, which nodes ask for since EIP-7594. */
function withSidecar(inBlock: Hex, sidecar: BlobSidecar): Hex {
  const type = inBlock.slice(0, 4) as Hex;
  const body = fromRlp(`0x${inBlock.slice(4)}`, 'hex');
  return concatHex([type, toRlp([body, '0x01', [sidecar.blob], [sidecar.commitment], sidecar.cellProofs])]);
}
