import type { Execution } from '@txtrail/protocol';
import type { BlockRef, Hash } from '../../core/chain/block.ts';
import type { ReceiptAnswer } from '../../ports/chain-provider.ts';
import { badAnswer, type FaultPlace } from '../json-rpc/json-rpc-fault.ts';
import { type Fields, readArray, readHash, readInteger, readObject, readQuantity, wrongField } from './rpc-field.ts';

export interface WantedReceipt {
  readonly hash: Hash;
  readonly index: number;
}

/**
 * One receipt, held against the block that it was asked for: null when it has no block yet (H33)
 * or is of another block, such as an orphan that the node still shows (H32).
 */
export function parseReceipt(
  place: FaultPlace,
  value: unknown,
  block: BlockRef,
  wanted: WantedReceipt,
): ReceiptAnswer | null {
  if (value === null) return null;
  const fields = readObject(place, value, 'a receipt');
  if (fields['blockHash'] === null || fields['blockHash'] === undefined) return null;
  const receipt = readReceipt(place, fields);
  if (receipt.hash !== wanted.hash) throw badAnswer(place, `the receipt of ${receipt.hash} instead of ${wanted.hash}`);
  if (receipt.blockHash !== block.hash) return null;
  if (receipt.index !== wanted.index) {
    throw badAnswer(place, `the receipt of ${wanted.hash} with index ${receipt.index} instead of ${wanted.index}`);
  }
  return receipt;
}

/**
 * All receipts of a block, by transaction hash; null when they are not all of that block's, each
 * once and in its place (H09, H34): a short answer says nothing about what it leaves out.
 *
 * @param transactionCount how many the block holds, where that is known
 */
export function parseBlockReceipts(
  place: FaultPlace,
  value: unknown,
  block: BlockRef,
  transactionCount: number | null,
): ReadonlyMap<Hash, ReceiptAnswer> | null {
  if (value === null) return null;
  const items = readArray(place, value, 'receipts');
  if (transactionCount !== null && items.length !== transactionCount) return null;
  const receipts = new Map<Hash, ReceiptAnswer>();
  for (const [index, item] of items.entries()) {
    const fields = readObject(place, item, `receipt ${index}`);
    if (fields['blockHash'] === null || fields['blockHash'] === undefined) return null;
    const receipt = readReceipt(place, fields);
    if (receipt.blockHash !== block.hash || receipt.index !== index || receipts.has(receipt.hash)) return null;
    receipts.set(receipt.hash, receipt);
  }
  return receipts;
}

function readReceipt(place: FaultPlace, fields: Fields): ReceiptAnswer {
  const price = fields['effectiveGasPrice'];
  return {
    hash: readHash(place, fields['transactionHash'], 'the transaction hash of a receipt'),
    blockHash: readHash(place, fields['blockHash'], 'the block hash of a receipt'),
    index: readInteger(place, fields['transactionIndex'], 'the index of a receipt'),
    execution: readExecution(place, fields),
    gasUsed: readQuantity(place, fields['gasUsed'], 'the gas used').toString(),
    effectiveGasPrice:
      price === null || price === undefined ? null : readQuantity(place, price, 'an effective gas price').toString(),
  };
}

/** EIP-658; a receipt from before Byzantium has a state root in its stead (H98). One with neither is none (F13). */
function readExecution(place: FaultPlace, { status, root }: Fields): Execution | null {
  if (status === null || status === undefined) {
    readHash(place, root, 'a status, or the state root before it,');
    return null;
  }
  const value = readInteger(place, status, 'a status');
  if (value > 1) throw wrongField(place, 'a status', '0x0 or 0x1', status);
  return value === 1 ? 'success' : 'reverted';
}
