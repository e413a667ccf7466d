import { hash } from 'node:crypto';
import type { Hash } from '../../core/chain/block.ts';
import type { RlpList } from './rlp.ts';
import { bytesOf, integerOf, listOf, refuse } from './transaction-fields.ts';

const blobSize = 131_072;
const commitmentSize = 48;
const proofSize = 48;
/** EIP-7594 proves each of a blob's cells by itself. */
const cellsPerBlob = 128;

/**
 * Checks what stands beside a blob transaction in its network form: `[transaction, blobs,
 * commitments, proofs]` (EIP-4844, version 0) or `[transaction, 1, blobs, commitments, cell
 * proofs]` (EIP-7594). Sizes, counts and that each commitment hashes to its versioned hash; the
 * KZG proofs themselves need the trusted setup and are the node's to check.
 */
export function blobSidecarOf(
  outer: RlpList,
  hashes: readonly Hash[],
): { readonly version: 0 | 1; readonly blobs: number } {
  const version = versionOf(outer);
  const [blobs, commitments, proofs] = outer.slice(version === 0 ? 1 : 2);
  const proofsPerBlob = version === 0 ? 1 : cellsPerBlob;
  checkSizes(listOf(blobs, 'blobs'), 'blobs', hashes.length, blobSize);
  checkSizes(listOf(commitments, 'commitments'), 'commitments', hashes.length, commitmentSize);
  checkSizes(listOf(proofs, 'proofs'), 'proofs', hashes.length * proofsPerBlob, proofSize);
  listOf(commitments, 'commitments').forEach((item, index) => {
    const versioned = `0x01${hash('sha256', bytesOf(item, 'commitment'), 'hex').slice(2)}`;
    if (versioned !== hashes[index]) refuse('bad_sidecar', `commitments[${index}] does not match its versioned hash`);
  });
  return { version, blobs: hashes.length };
}

function versionOf(outer: RlpList): 0 | 1 {
  if (outer.length === 4) return 0;
  if (outer.length !== 5) return refuse('wrong_shape', `the network form has 4 or 5 parts, not ${outer.length}`);
  const version = integerOf(outer[1], 'the sidecar version', 1);
  if (version !== 1n) return refuse('bad_sidecar', `sidecar version ${version} is not known`);
  return 1;
}

function checkSizes(items: RlpList, name: string, count: number, size: number): void {
  if (items.length !== count) refuse('bad_sidecar', `${name} has ${items.length} entries, not ${count}`);
  items.forEach((item, index) => {
    const { length } = bytesOf(item, `${name}[${index}]`);
    if (length !== size) refuse('bad_sidecar', `${name}[${index}] has ${length} bytes, not ${size}`);
  });
}
