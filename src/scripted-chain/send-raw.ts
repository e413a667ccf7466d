import { keccak_256 } from '@noble/hashes/sha3.js';
import { decodeRawTransaction } from '../adapters/evm/raw-transaction.ts';
import type { RawTransaction } from '../adapters/evm/raw-transaction.ts';
import { RpcFailure } from './rpc-failure.ts';
import type { ScriptedChain } from './scripted-chain.ts';
import { blobGas } from './scripted-block.ts';
import { feeCapOf, tipCapOf, transactionFromRaw } from './scripted-transaction.ts';
import type { ScriptedTransaction } from './scripted-transaction.ts';

/**
 * Takes a signed transaction into the pool by a node's rules, or fails in geth's words.
 * @throws RpcFailure
 */
export function sendRaw(chain: ScriptedChain, raw: string): ScriptedTransaction {
  // Every node of the chain is sent the same bytes: what waits already is not taken apart again, which costs most.
  if (waits(chain, raw)) throw alreadyKnown();
  const decoded = decodeRawTransaction(raw);
  if (!decoded.ok) throw new RpcFailure(-32000, wordsFor(decoded.reason));
  checkIdentity(chain, decoded.transaction);
  const transaction = transactionFromRaw(decoded.transaction);
  checkNonce(chain, transaction);
  checkMeans(chain, transaction);
  checkRival(chain, transaction);
  if (chain.pool.size >= chain.pool.limit) throw new RpcFailure(-32000, 'txpool is full');
  return chain.submit(transaction);
}

/** By the hash of the bytes; those of a blob transaction with its sidecar have another, so it is not found here. */
function waits(chain: ScriptedChain, raw: string): boolean {
  const bytes = Buffer.from(raw.slice(2), 'hex');
  const isWhole = raw.length === 2 + 2 * bytes.length;
  return isWhole && chain.pool.get(`0x${Buffer.from(keccak_256(bytes)).toString('hex')}`) !== null;
}

function alreadyKnown(): RpcFailure {
  return new RpcFailure(-32000, 'already known');
}

function wordsFor(reason: { readonly code: string; readonly message: string }): string {
  if (reason.code === 'not_replay_protected') return 'only replay-protected (EIP-155) transactions allowed over RPC';
  if (reason.code === 'unsupported_type') return 'transaction type not supported';
  if (reason.code === 'bad_signature') return 'invalid sender';
  return `rlp: ${reason.message}`;
}

function checkIdentity(chain: ScriptedChain, transaction: RawTransaction): void {
  if (transaction.chainId !== chain.chainId) {
    throw new RpcFailure(-32000, `invalid chain id for signer: have ${transaction.chainId} want ${chain.chainId}`);
  }
  if (chain.pool.get(transaction.hash) !== null) throw alreadyKnown();
  if (transaction.type === 3 && transaction.sidecar === null) {
    throw new RpcFailure(-32000, 'missing sidecar in blob transaction');
  }
}

function checkNonce(chain: ScriptedChain, transaction: ScriptedTransaction): void {
  const next = chain.account(transaction.from).nonce;
  if (transaction.nonce >= next) return;
  throw new RpcFailure(-32000, `nonce too low: next nonce ${next}, tx nonce ${transaction.nonce}`);
}

function checkMeans(chain: ScriptedChain, transaction: ScriptedTransaction): void {
  if (transaction.gas < transaction.gasUsed) {
    throw new RpcFailure(
      -32000,
      `intrinsic gas too low: gas ${transaction.gas}, minimum needed ${transaction.gasUsed}`,
    );
  }
  if (transaction.gas > chain.head.gasLimit) throw new RpcFailure(-32000, 'exceeds block gas limit');
  if (tipCapOf(transaction) > feeCapOf(transaction)) {
    throw new RpcFailure(-32000, 'max priority fee per gas higher than max fee per gas');
  }
  const { balance } = chain.account(transaction.from);
  const cost = costOf(transaction);
  const others = chain.pool.of(transaction.from).filter(({ nonce }) => nonce !== transaction.nonce);
  const queued = others.reduce((total, other) => total + costOf(other), 0n);
  if (cost + queued > balance) {
    const all = queued === 0n ? '' : `queued cost ${queued}, `;
    const figures = `balance ${balance}, ${all}tx cost ${cost}, overshot ${cost + queued - balance}`;
    throw new RpcFailure(-32000, `insufficient funds for gas * price + value: ${figures}`);
  }
}

/** The most that it may take from its sender, wei. */
function costOf(transaction: ScriptedTransaction): bigint {
  const blobs = BigInt(transaction.blobVersionedHashes.length) * blobGas * (transaction.maxFeePerBlobGas ?? 0n);
  return transaction.gas * feeCapOf(transaction) + transaction.value + blobs;
}

/** A rival must offer a tenth more on every fee, a blob transaction the double (H53, H66). */
function checkRival(chain: ScriptedChain, transaction: ScriptedTransaction): void {
  const rival = chain.pool.rival(transaction.from, transaction.nonce);
  if (rival === null) return;
  const percent = rival.type === 3 ? 200n : 110n;
  const isEnough = (offer: bigint, old: bigint): boolean => offer * 100n >= old * percent && offer > old;
  if (isEnough(feeCapOf(transaction), feeCapOf(rival)) && isEnough(tipCapOf(transaction), tipCapOf(rival))) return;
  throw new RpcFailure(-32000, 'replacement transaction underpriced');
}
