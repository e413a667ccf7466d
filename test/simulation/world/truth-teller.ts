import type { ScriptedBlock } from '../../../src/scripted-chain/scripted-block.ts';
import type { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import type { ChainTruth, ToldBlock, ToldTransaction } from '../context.ts';

export interface TruthTellerDeps {
  readonly truth: ChainTruth;
  readonly time: { readonly nowMs: number };
}

/** Tells the judge all that is true of one chain, as it comes about. */
export class TruthTeller {
  readonly #chain: ScriptedChain;
  readonly #tellsTags: boolean;
  readonly #deps: TruthTellerDeps;
  readonly #inPool = new Map<string, ScriptedTransaction>();
  #safe: string | null = null;
  #finalized: string | null = null;

  /** @param options.tellsTags what the chain itself calls safe and final counts */
  constructor(chain: ScriptedChain, options: { readonly tellsTags: boolean }, deps: TruthTellerDeps) {
    this.#chain = chain;
    this.#tellsTags = options.tellsTags;
    this.#deps = deps;
  }

  start(): void {
    const { truth, time } = this.#deps;
    const chain = this.#chain;
    for (let number = 0; number <= chain.head.number; number += 1) {
      for (const block of chain.blocks.atHeight(number)) truth.block(toldBlock(block), time.nowMs);
    }
    truth.head(chain.head.hash, time.nowMs);
    this.#tags();
    chain.watch((change) => {
      if (change.kind === 'block') truth.block(toldBlock(change.block), time.nowMs);
      if (change.kind === 'head') truth.head(chain.head.hash, time.nowMs);
      if (change.kind === 'settled') this.#tags();
      if (change.kind !== 'settled') this.pool();
    });
  }

  made(transaction: ScriptedTransaction): void {
    this.#deps.truth.made(toldTransaction(transaction));
  }

  /** Compares the pool with what was told of it: reorgs and evictions change it too. */
  pool(): void {
    const { truth, time } = this.#deps;
    const { pool, blocks, head } = this.#chain;
    for (const transaction of pool.all()) {
      if (this.#inPool.has(transaction.hash)) continue;
      this.#inPool.set(transaction.hash, transaction);
      truth.pool(toldTransaction(transaction), time.nowMs);
    }
    for (const hash of this.#inPool.keys()) {
      if (pool.get(hash) !== null) continue;
      this.#inPool.delete(hash);
      if (blocks.holder(hash, head) === null) truth.evicted(hash, time.nowMs);
    }
  }

  #tags(): void {
    if (!this.#tellsTags) return;
    const { truth, time } = this.#deps;
    const { safe, finalized } = this.#chain;
    if (safe !== null && safe.hash !== this.#safe) truth.safe(safe.hash, time.nowMs);
    if (finalized !== null && finalized.hash !== this.#finalized) truth.finalized(finalized.hash, time.nowMs);
    this.#safe = safe?.hash ?? null;
    this.#finalized = finalized?.hash ?? null;
  }
}

function toldBlock(block: ScriptedBlock): ToldBlock {
  const { hash, parentHash, number, timestampMs, receipts } = block;
  const transactions = receipts.map(({ transaction, status }) => ({
    ...toldTransaction(transaction),
    execution: status,
  }));
  // A header carries whole seconds.
  return { hash, parentHash, number, timestampMs: Math.floor(timestampMs / 1_000) * 1_000, transactions };
}

function toldTransaction({ hash, from, nonce, to, value, input }: ScriptedTransaction): ToldTransaction {
  return { hash, from, nonce, to, value, input };
}
