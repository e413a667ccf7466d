import type { Hash } from '../../core/chain/block.ts';
import type { RlpItem } from './rlp.ts';
import { fixedOf, listOf, refuse } from './transaction-fields.ts';

export interface AccessListEntry {
  readonly address: string;
  readonly storageKeys: readonly Hash[];
}

export function accessListOf(item: RlpItem | undefined): readonly AccessListEntry[] {
  return listOf(item, 'accessList').map((entry, index) => {
    const name = `accessList[${index}]`;
    const parts = listOf(entry, name);
    if (parts.length !== 2) return refuse('wrong_shape', `${name} has ${parts.length} parts, not 2`);
    const keys = listOf(parts[1], `${name}.storageKeys`);
    return {
      address: fixedOf(parts[0], `${name}.address`, 20),
      storageKeys: keys.map((key, place) => fixedOf(key, `${name}.storageKeys[${place}]`, 32)),
    };
  });
}

/** At least one hash, each of a KZG commitment. */
export function blobHashesOf(item: RlpItem | undefined): readonly Hash[] {
  const hashes = listOf(item, 'blobVersionedHashes');
  if (hashes.length === 0) return refuse('bad_field', 'blobVersionedHashes is empty');
  return hashes.map((item, index) => {
    const hash = fixedOf(item, `blobVersionedHashes[${index}]`, 32);
    if (!hash.startsWith('0x01'))
      return refuse('bad_field', `blobVersionedHashes[${index}] has a version other than 1`);
    return hash;
  });
}
