import type { Hash } from '../core/chain/block.ts';
import type { Fate } from '../scripted-chain/reorg-plan.ts';
import type { ScriptedBlock } from '../scripted-chain/scripted-block.ts';
import type { ScriptedTransaction } from '../scripted-chain/scripted-transaction.ts';

export interface FateDeps {
  /** In [0, 1). */
  readonly fraction: () => number;
  /** Another transaction of the same sender and nonce; null: its key is not ours to sign with. */
  readonly rivalOf: (transaction: ScriptedTransaction) => ScriptedTransaction | null;
}

/**
 * What becomes of the transactions of a branch that is reverted: some stand in the same place of the
 * new branch, some a block later, some wait in the pool again, some lose their nonce to a rival. It
 * is decided by sender, since transactions of one sender keep their order on every branch.
 */
export function chooseFates(reverted: readonly ScriptedBlock[], deps: FateDeps): Readonly<Record<Hash, Fate>> {
  const transactions = reverted.flatMap(({ receipts }) => receipts.map(({ transaction }) => transaction));
  // A delegation uses up another account's nonce: only the old order is sure to be possible.
  if (transactions.some(({ authorizations }) => authorizations.length > 0)) return {};
  const fates: Record<Hash, Fate> = {};
  for (const ofSender of Map.groupBy(transactions, ({ from }) => from).values()) {
    const fate = fateOfSender(ofSender, deps);
    for (const { hash } of fate.kind === 'rival' ? ofSender.slice(-1) : ofSender) fates[hash] = fate;
  }
  return fates;
}

/** For all that a sender has in the branch; a rival is for the last one alone. */
function fateOfSender(transactions: readonly ScriptedTransaction[], { fraction, rivalOf }: FateDeps): Fate {
  const chance = fraction();
  if (chance < 0.35) return { kind: 'same' };
  if (chance < 0.6) return { kind: 'later', blocks: 1 };
  const last = transactions.at(-1);
  const rival = chance < 0.8 || last === undefined ? null : rivalOf(last);
  return rival === null ? { kind: 'pool' } : { kind: 'rival', transaction: rival };
}
