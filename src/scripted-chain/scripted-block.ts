import { keccak_256 } from '@noble/hashes/sha3.js';
import { encodeRlp, rlpInteger } from '../adapters/evm/rlp.ts';
import type { RlpItem } from '../adapters/evm/rlp.ts';
import type { Address, Hash } from '../core/chain/block.ts';
import type { AccountState } from './account-state.ts';
import { digestOf } from './scripted-transaction.ts';
import type { ScriptedTransaction } from './scripted-transaction.ts';

/** What became of one transaction in one block. */
export interface ScriptedReceipt {
  readonly transaction: ScriptedTransaction;
  readonly index: number;
  readonly status: 'success' | 'reverted';
  readonly gasUsed: bigint;
  readonly cumulativeGasUsed: bigint;
  /** Wei. */
  readonly effectiveGasPrice: bigint;
  readonly contractAddress: Address | null;
}

export interface ScriptedBlock {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly timestampMs: number;
  readonly baseFeePerGas: bigint;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  readonly blobGasUsed: bigint;
  readonly roots: BlockRoots;
  readonly extraData: string;
  readonly receipts: readonly ScriptedReceipt[];
  /** The accounts after it. */
  readonly state: AccountState;
}

export interface BlockRoots {
  readonly state: Hash;
  readonly transactions: Hash;
  readonly receipts: Hash;
  readonly beacon: Hash;
}

export const blobGas = 131_072n;
export const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
export const emptyUncles = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
export const emptyRequests = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
export const zeroHash = `0x${'0'.repeat(64)}`;
export const zeroAddress = `0x${'0'.repeat(40)}`;
export const emptyBloom = `0x${'0'.repeat(512)}`;

export interface BlockContent {
  readonly parent: ScriptedBlock | null;
  readonly number: number;
  readonly timestampMs: number;
  readonly baseFeePerGas: bigint;
  readonly gasLimit: bigint;
  readonly receipts: readonly ScriptedReceipt[];
  readonly state: AccountState;
  /** `0x` hex: tells apart siblings of the same content. */
  readonly extraData: string;
}

/**
 * Seals a block. Its hash is Keccak over the RLP of the header exactly as it is served (Prague's
 * fields), so a client that recomputes it agrees. The roots are digests that follow from the
 * content, not Merkle roots; those of an empty list are the real ones.
 */
export function sealBlock(content: BlockContent): ScriptedBlock {
  const { parent, receipts } = content;
  const hashes = receipts.map((receipt) => receipt.transaction.hash);
  const outcomes = receipts.map((receipt) => [receipt.status, receipt.cumulativeGasUsed]);
  const parentHash = parent?.hash ?? zeroHash;
  const blobs = receipts.reduce((total, receipt) => total + receipt.transaction.blobVersionedHashes.length, 0);
  const block = {
    number: content.number,
    parentHash,
    timestampMs: content.timestampMs,
    baseFeePerGas: content.baseFeePerGas,
    gasLimit: content.gasLimit,
    gasUsed: receipts.at(-1)?.cumulativeGasUsed ?? 0n,
    blobGasUsed: BigInt(blobs) * blobGas,
    roots: {
      state: digestOf({ state: parent?.roots.state ?? null, hashes, outcomes }),
      transactions: hashes.length === 0 ? emptyRoot : digestOf({ hashes }),
      receipts: hashes.length === 0 ? emptyRoot : digestOf({ outcomes, hashes }),
      beacon: digestOf({ beacon: parentHash }),
    },
    extraData: content.extraData,
    receipts,
    state: content.state,
  };
  return { ...block, hash: headerHash(block) };
}

function headerHash(block: Omit<ScriptedBlock, 'hash'>): Hash {
  const header: RlpItem[] = [
    bytes(block.parentHash),
    bytes(emptyUncles),
    bytes(zeroAddress),
    bytes(block.roots.state),
    bytes(block.roots.transactions),
    bytes(block.roots.receipts),
    bytes(emptyBloom),
    rlpInteger(0),
    rlpInteger(block.number),
    rlpInteger(block.gasLimit),
    rlpInteger(block.gasUsed),
    rlpInteger(timestampOf(block)),
    bytes(block.extraData),
    bytes(zeroHash),
    bytes('0x0000000000000000'),
    rlpInteger(block.baseFeePerGas),
    bytes(emptyRoot),
    rlpInteger(block.blobGasUsed),
    rlpInteger(0),
    bytes(block.roots.beacon),
    bytes(emptyRequests),
  ];
  return `0x${Buffer.from(keccak_256(encodeRlp(header))).toString('hex')}`;
}

/** Whole seconds, as headers carry it: blocks of a fast chain share one. */
export function timestampOf(block: { readonly timestampMs: number }): number {
  return Math.floor(block.timestampMs / 1000);
}

const minimumBaseFee = 7n;

/** EIP-1559: up to an eighth more or less, by how far the parent was from half full. */
export function nextBaseFee(parent: ScriptedBlock): bigint {
  const target = parent.gasLimit / 2n;
  const base = parent.baseFeePerGas;
  if (parent.gasUsed === target) return base;
  const change = (base * (parent.gasUsed - target)) / target / 8n;
  const next = parent.gasUsed > target && change === 0n ? base + 1n : base + change;
  return next < minimumBaseFee ? minimumBaseFee : next;
}

export function contractAddressOf(from: Address, nonce: number): Address {
  const digest = keccak_256(encodeRlp([bytes(from), rlpInteger(nonce)]));
  return `0x${Buffer.from(digest.subarray(12)).toString('hex')}`;
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex');
}
