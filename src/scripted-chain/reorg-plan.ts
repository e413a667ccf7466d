import { unreachable } from '../lib/assert.ts';
import type { Hash } from '../core/chain/block.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import type { ScriptedTransaction, TransactionSpec } from './scripted-transaction.ts';

/** What becomes of a transaction of the old branch. */
export type Fate =
  /** Mined in the new branch's block of the same height (the last one, if the branch is shorter). */
  | { readonly kind: 'same'; readonly outcome?: 'success' | 'reverted' }
  /** Mined so many blocks later than before; past the branch's end it waits in the pool. */
  | { readonly kind: 'later'; readonly blocks: number; readonly outcome?: 'success' | 'reverted' }
  /** Back in the pool. */
  | { readonly kind: 'pool' }
  /** In no block and no pool. */
  | { readonly kind: 'gone' }
  /** Another transaction takes its sender and nonce, in the block where it stood. */
  | { readonly kind: 'rival'; readonly spec: Omit<TransactionSpec, 'from' | 'nonce'> }
  /** The same, by a transaction that was made for it: of that sender and nonce. */
  | { readonly kind: 'rival'; readonly transaction: ScriptedTransaction };

export interface ReorgScript {
  /** How many blocks leave the canonical chain. */
  readonly depth: number;
  /** How many take their place: `depth` for an equal height, fewer for a shorter chain. Default `depth + 1`. */
  readonly length?: number;
  /** By hash; what is not named is `same`. */
  readonly fates?: Readonly<Record<Hash, Fate>>;
  /** Further transactions of the new branch, by block: they stand behind the old ones. */
  readonly extra?: Readonly<Record<number, readonly TransactionSpec[]>>;
  /** Default: the old block's time plus a second, so that the branches differ as real ones do. */
  readonly timestampMs?: (offset: number) => number;
}

export interface PlannedBlock {
  readonly transactions: readonly (ScriptedTransaction | TransactionSpec)[];
  readonly outcomes: ReadonlyMap<Hash, 'success' | 'reverted'>;
}

export interface ReorgPlan {
  readonly blocks: readonly PlannedBlock[];
  /** Not to return to the pool. */
  readonly gone: readonly Hash[];
}

/** Lays out the new branch. Transactions of one sender must keep their order, as on any chain. */
export function planReorg(reverted: readonly ScriptedBlock[], script: ReorgScript): ReorgPlan {
  const length = script.length ?? script.depth + 1;
  const blocks = Array.from({ length }, () => ({
    transactions: [] as (ScriptedTransaction | TransactionSpec)[],
    outcomes: new Map<Hash, 'success' | 'reverted'>(),
  }));
  const gone: Hash[] = [];
  reverted.forEach((block, offset) => {
    for (const { transaction } of block.receipts) {
      const fate = script.fates?.[transaction.hash] ?? { kind: 'same' };
      const placed = placeOf(fate, transaction, offset, length);
      const target = placed === null ? undefined : blocks[placed.offset];
      if (placed !== null) target?.transactions.push(placed.transaction);
      if (fate.kind === 'gone' || fate.kind === 'rival') gone.push(transaction.hash);
      if ('outcome' in fate && fate.outcome !== undefined) target?.outcomes.set(transaction.hash, fate.outcome);
    }
  });
  blocks.forEach((block, offset) => {
    block.transactions.push(...(script.extra?.[offset] ?? []));
  });
  return { blocks, gone };
}

interface Placed {
  readonly offset: number;
  readonly transaction: ScriptedTransaction | TransactionSpec;
}

function placeOf(fate: Fate, transaction: ScriptedTransaction, offset: number, length: number): Placed | null {
  const last = Math.min(offset, length - 1);
  switch (fate.kind) {
    case 'same':
      return { offset: last, transaction };
    case 'later':
      return { offset: offset + fate.blocks, transaction };
    case 'rival':
      if ('transaction' in fate) return { offset: last, transaction: fate.transaction };
      return { offset: last, transaction: { ...fate.spec, from: transaction.from, nonce: transaction.nonce } };
    case 'pool':
    case 'gone':
      return null;
    default:
      return unreachable(fate);
  }
}
