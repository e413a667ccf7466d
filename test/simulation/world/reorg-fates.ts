import type { Fate } from '../../../src/scripted-chain/reorg-plan.ts';
import type { ScriptedBlock } from '../../../src/scripted-chain/scripted-block.ts';
import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import type { Chance } from '../chance.ts';

export interface ReorgFatesDeps {
  readonly chance: Chance;
  readonly reach: (state: string) => void;
  /** Another transaction of the same sender and nonce that somebody has made; null: there is none. */
  readonly siblingOf: (transaction: ScriptedTransaction) => ScriptedTransaction | null;
  /** A new one of the same sender and nonce. */
  readonly rivalOf: (transaction: ScriptedTransaction) => ScriptedTransaction;
  /** It is in no pool and no block any more. */
  readonly onGone: (transaction: ScriptedTransaction) => void;
}

/**
 * What becomes of the transactions of a branch that is reverted (F06, F07, H73, H74), decided by
 * sender, since those of one sender keep their order on every branch.
 */
export function fatesOf(
  reverted: readonly ScriptedBlock[],
  script: { readonly depth: number; readonly length: number },
  deps: ReorgFatesDeps,
): Readonly<Record<string, Fate>> {
  const transactions = reverted.flatMap(({ receipts }) => receipts);
  const fates: Record<string, Fate> = {};
  for (const ofSender of Map.groupBy(transactions, ({ transaction }) => transaction.from).values()) {
    const last = ofSender.at(-1);
    if (last === undefined) continue;
    const { fate, lastOnly } = fateOfSender(last, script, deps);
    for (const { transaction } of lastOnly ? [last] : ofSender) fates[transaction.hash] = fate;
  }
  return fates;
}

interface Decided {
  readonly fate: Fate;
  /** For the sender's last transaction alone: those before it stay as they are. */
  readonly lastOnly: boolean;
}

function fateOfSender(
  last: ScriptedBlock['receipts'][number],
  { depth, length }: { readonly depth: number; readonly length: number },
  deps: ReorgFatesDeps,
): Decided {
  const { chance, reach } = deps;
  // A branch without blocks holds nothing: all goes back to the pool.
  if (length === 0) return { fate: { kind: 'pool' }, lastOnly: false };
  const kind = chance.weighted({ same: 4, later: 3, pool: 3, gone: 1.5, rival: 1.5, execution: 1.5 });
  if (kind === 'later') return { fate: { kind, blocks: chance.whole(1, Math.max(1, depth)) }, lastOnly: false };
  if (kind === 'same' || kind === 'pool') return { fate: { kind }, lastOnly: false };
  if (kind === 'execution') {
    reach('another execution after a reorg');
    return { fate: { kind: 'same', outcome: last.status === 'success' ? 'reverted' : 'success' }, lastOnly: true };
  }
  if (kind === 'gone') {
    reach('gone with its block');
    deps.onGone(last.transaction);
    return { fate: { kind }, lastOnly: true };
  }
  const sibling = deps.siblingOf(last.transaction);
  reach(sibling === null ? 'rival made by a reorg' : 'winner reorged out for its rival');
  return { fate: { kind, transaction: sibling ?? deps.rivalOf(last.transaction) }, lastOnly: true };
}
