import type { Block, BlockHeader, BlockRef, BlockTransaction, Hash } from '../../core/chain/block.ts';
import type { LookupAnswer } from '../../ports/chain-provider.ts';
import { badAnswer, type FaultPlace } from '../json-rpc/json-rpc-fault.ts';
import { type Call, callDetailsOf } from './call-digest.ts';
import {
  type Fields,
  readAddress,
  readArray,
  readData,
  readHash,
  readInteger,
  readObject,
  readQuantity,
} from './rpc-field.ts';

/** The root of an empty trie: the only root under which a block may show no transactions (H09, H10). */
const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
/** Chains that do not commit to their transactions write this one. */
const noRoot = `0x${'0'.repeat(64)}`;

/** Which block was asked for: the answer must be that one. */
export interface WantedBlock {
  readonly number?: number;
  readonly hash?: Hash;
}

export function parseHeader(place: FaultPlace, value: unknown, wanted: WantedBlock = {}): BlockHeader {
  const fields = readObject(place, value, 'a block');
  const number = readInteger(place, fields['number'], 'a block number');
  const hash = readHash(place, fields['hash'], 'a block hash');
  const parentHash = readHash(place, fields['parentHash'], 'a parent hash');
  const timestampMs = readInteger(place, fields['timestamp'], 'a timestamp') * 1_000;
  if (!Number.isSafeInteger(timestampMs)) throw badAnswer(place, 'a timestamp beyond all time');
  if (wanted.hash !== undefined && hash !== wanted.hash)
    throw badAnswer(place, `block ${hash} instead of ${wanted.hash}`);
  if (wanted.number !== undefined && number !== wanted.number) {
    throw badAnswer(place, `block ${number} instead of ${wanted.number}`);
  }
  return { number, hash, parentHash, timestampMs };
}

/** A block with full transaction objects, every one of which must say that it stands there. */
export function parseBlock(place: FaultPlace, value: unknown, wanted: WantedBlock): Block {
  const header = parseHeader(place, value, wanted);
  const fields = value as Fields;
  const bodies = readArray(place, fields['transactions'], 'transactions');
  const root = readHash(place, fields['transactionsRoot'], 'a transactions root');
  if (root !== noRoot && (root === emptyRoot) !== (bodies.length === 0)) {
    throw badAnswer(place, `block ${header.number} with ${bodies.length} transactions under the root ${root}`);
  }
  const hashes = new Set<Hash>();
  const transactions = bodies.map((body, index) => {
    const transaction = parseBlockTransaction(place, body, header, index);
    if (hashes.has(transaction.hash)) throw badAnswer(place, `transaction ${transaction.hash} twice in one block`);
    hashes.add(transaction.hash);
    return transaction;
  });
  return { ...header, transactions };
}

/** An answer to a lookup by hash; its block is null while it is only in a pool. */
export function parseLookup(place: FaultPlace, value: unknown, wanted: Hash): LookupAnswer {
  const fields = readObject(place, value, 'a transaction');
  const hash = readHash(place, fields['hash'], 'a transaction hash');
  if (hash !== wanted) throw badAnswer(place, `transaction ${hash} instead of ${wanted}`);
  const details = callDetailsOf(readCall(place, fields));
  if (fields['blockHash'] === null || fields['blockHash'] === undefined) return { details, block: null };
  const block = {
    number: readInteger(place, fields['blockNumber'], 'a block number'),
    hash: readHash(place, fields['blockHash'], 'a block hash'),
    index: readInteger(place, fields['transactionIndex'], 'a transaction index'),
  };
  return { details, block };
}

function parseBlockTransaction(place: FaultPlace, value: unknown, block: BlockRef, index: number): BlockTransaction {
  const fields = readObject(place, value, `transaction ${index} of block ${block.number}`);
  const hash = readHash(place, fields['hash'], 'a transaction hash');
  const blockHash = readHash(place, fields['blockHash'], 'the block hash of a transaction');
  const claimedIndex = readInteger(place, fields['transactionIndex'], 'a transaction index');
  if (blockHash !== block.hash)
    throw badAnswer(place, `transaction ${hash} of block ${blockHash} in block ${block.hash}`);
  if (claimedIndex !== index)
    throw badAnswer(place, `transaction ${hash} with index ${claimedIndex} at place ${index}`);
  return { ...callDetailsOf(readCall(place, fields)), hash, index };
}

function readCall(place: FaultPlace, fields: Fields): Call {
  const to = fields['to'];
  return {
    from: readAddress(place, fields['from'], 'a sender'),
    nonce: readInteger(place, fields['nonce'], 'a nonce'),
    to: to === null || to === undefined ? null : readAddress(place, to, 'a recipient'),
    value: readQuantity(place, fields['value'], 'a value'),
    input: readData(place, fields['input'] ?? fields['data'], 'an input'),
  };
}
