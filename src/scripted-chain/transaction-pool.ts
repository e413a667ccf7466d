import type { Address, Hash } from '../core/chain/block.ts';
import { feeCapOf, tipOf } from './scripted-transaction.ts';
import type { ScriptedTransaction } from './scripted-transaction.ts';

/** Transactions that wait for a block: at most one a sender and nonce, in the order they came. */
export class TransactionPool {
  readonly limit: number;
  readonly #transactions = new Map<Hash, ScriptedTransaction>();
  readonly #bySender = new Map<Address, Map<number, ScriptedTransaction>>();

  constructor(options: { readonly limit: number }) {
    this.limit = options.limit;
  }

  get size(): number {
    return this.#transactions.size;
  }

  all(): IterableIterator<ScriptedTransaction> {
    return this.#transactions.values();
  }

  get(hash: Hash): ScriptedTransaction | null {
    return this.#transactions.get(hash) ?? null;
  }

  rival(from: Address, nonce: number): ScriptedTransaction | null {
    return this.#bySender.get(from)?.get(nonce) ?? null;
  }

  /** What waits of a sender. */
  of(from: Address): readonly ScriptedTransaction[] {
    return [...(this.#bySender.get(from)?.values() ?? [])];
  }

  /** Takes the place of what waits at the same sender and nonce. */
  put(transaction: ScriptedTransaction): void {
    const rival = this.rival(transaction.from, transaction.nonce);
    if (rival !== null) this.remove(rival.hash);
    this.#transactions.set(transaction.hash, transaction);
    const nonces = this.#bySender.get(transaction.from) ?? new Map<number, ScriptedTransaction>();
    this.#bySender.set(transaction.from, nonces.set(transaction.nonce, transaction));
  }

  remove(hash: Hash): void {
    const transaction = this.#transactions.get(hash);
    if (transaction === undefined) return;
    this.#transactions.delete(hash);
    const nonces = this.#bySender.get(transaction.from);
    nonces?.delete(transaction.nonce);
    if (nonces?.size === 0) this.#bySender.delete(transaction.from);
  }

  /** The nonce after those that wait without a gap from `nonce` on. */
  nextNonce(from: Address, nonce: number): number {
    let next = nonce;
    while (this.rival(from, next) !== null) next += 1;
    return next;
  }

  /** Those whose nonce follows on without a gap, and those that wait behind one. */
  counts(nonceOf: (address: Address) => number): { readonly pending: number; readonly queued: number } {
    let pending = 0;
    for (const from of this.#bySender.keys()) pending += this.nextNonce(from, nonceOf(from)) - nonceOf(from);
    return { pending, queued: this.size - pending };
  }

  /** Gives up what a block has made impossible: a nonce that is used. */
  dropUsed(senders: Iterable<Address>, nonceOf: (address: Address) => number): void {
    for (const from of senders) {
      const next = nonceOf(from);
      for (const transaction of [...(this.#bySender.get(from)?.values() ?? [])]) {
        if (transaction.nonce < next) this.remove(transaction.hash);
      }
    }
  }

  /** What a block would take: nonces in order, the best tip first, what pays the base fee, up to the gas limit. */
  executable(nonceOf: (address: Address) => number, baseFee: bigint, gasLimit: bigint): readonly ScriptedTransaction[] {
    const offers = new OfferList();
    const offer = (from: Address, nonce: number): void => {
      const transaction = this.rival(from, nonce);
      if (transaction !== null && feeCapOf(transaction) >= baseFee)
        offers.add(transaction, tipOf(transaction, baseFee));
    };
    for (const from of this.#bySender.keys()) offer(from, nonceOf(from));
    const picked: ScriptedTransaction[] = [];
    let gas = 0n;
    for (let best = offers.takeBest(); best !== null; best = offers.takeBest()) {
      if (gas + best.gas > gasLimit) continue;
      gas += best.gas;
      picked.push(best);
      offer(best.from, best.nonce + 1);
    }
    return picked;
  }
}

/** Offers by tip, the best last; of equal ones the first that came is taken first. */
class OfferList {
  readonly #offers: { readonly transaction: ScriptedTransaction; readonly tip: bigint }[] = [];

  add(transaction: ScriptedTransaction, tip: bigint): void {
    let [low, high] = [0, this.#offers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offers[middle]?.tip ?? tip) < tip) low = middle + 1;
      else high = middle;
    }
    this.#offers.splice(low, 0, { transaction, tip });
  }

  takeBest(): ScriptedTransaction | null {
    return this.#offers.pop()?.transaction ?? null;
  }
}
