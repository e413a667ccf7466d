import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';

/** Which transactions were made for one sender and nonce. */
export class WalletFamilies {
  readonly #members = new Map<string, ScriptedTransaction[]>();

  add(transaction: ScriptedTransaction): void {
    const key = keyOf(transaction);
    const members = this.#members.get(key);
    if (members === undefined) this.#members.set(key, [transaction]);
    else members.push(transaction);
  }

  /** Another one of the same sender and nonce, the first that was made; null: there is none. */
  siblingOf(transaction: ScriptedTransaction): ScriptedTransaction | null {
    const members = this.#members.get(keyOf(transaction)) ?? [];
    return members.find(({ hash }) => hash !== transaction.hash) ?? null;
  }
}

function keyOf({ from, nonce }: ScriptedTransaction): string {
  return `${from}/${nonce}`;
}
