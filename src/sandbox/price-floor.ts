import type { Hash } from '../core/chain/block.ts';
import type { ScriptedChain } from '../scripted-chain/scripted-chain.ts';
import { feeCapOf } from '../scripted-chain/scripted-transaction.ts';
import { restingBaseFee } from './fee-market.ts';

/** What offers less is not worth the pool's room: a tenth of the usual base fee, wei. */
export const leastKeptFeeCap = restingBaseFee / 10n;
/** It is dropped once it has waited for so many blocks. */
export const blocksBelowFloor = 10;

/** Drops what waits in the pool below the least price, as nodes do when their pool is full. To be told of each block. */
export class PriceFloor {
  readonly #chain: ScriptedChain;
  #waitingSince = new Map<Hash, number>();

  constructor(deps: { readonly chain: ScriptedChain }) {
    this.#chain = deps.chain;
  }

  apply(): void {
    const { pool, head } = this.#chain;
    const waiting = new Map<Hash, number>();
    for (const transaction of [...pool.all()]) {
      if (feeCapOf(transaction) >= leastKeptFeeCap) continue;
      const since = this.#waitingSince.get(transaction.hash) ?? head.number;
      if (head.number - since >= blocksBelowFloor) this.#chain.evict(transaction.hash);
      else waiting.set(transaction.hash, since);
    }
    this.#waitingSince = waiting;
  }
}
