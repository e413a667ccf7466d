import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import { createHash } from 'node:crypto';
import { lastSendMs, Wallet, type WalletDeps } from './wallet.ts';
import { type WalletScene, walletScenes } from './wallet-scenes.ts';

/** Scenes that begin at the moment of another. */
const togetherShare = 0.4;

/** The wallets of one chain: each plays one scene, at a moment of its own, with a sender of its own. */
export class Wallets {
  readonly #transactions: number;
  readonly #deps: WalletDeps;
  #senders = 0;

  constructor(options: { readonly transactions: number }, deps: WalletDeps) {
    this.#transactions = options.transactions;
    this.#deps = deps;
  }

  start(): void {
    const { chance, context } = this.#deps;
    let atMs = 0;
    for (let left = this.#transactions; left > 0; ) {
      const scene = this.#pick();
      left -= scene.transactions;
      const wallet = this.#walletFor(scene);
      // Some come together, so that blocks hold several of them.
      if (!chance.happens(togetherShare)) atMs = chance.between(0, lastSendMs);
      context.time.after(atMs, () => scene.play(wallet));
    }
  }

  /** A new one of the same sender and nonce, that nobody has seen before its block. */
  rivalOf({ from, nonce }: ScriptedTransaction): ScriptedTransaction {
    const { chain, chance, families, onSent } = this.#deps;
    const other = chance.happens(0.3) ? { to: from, value: 0n } : { value: BigInt(chance.whole(2_000, 9_000)) };
    const transaction = chain.prepare({ from, nonce, ...other });
    families.add(transaction);
    onSent({ transaction, raw: null, isPrivate: true });
    return transaction;
  }

  #pick(): WalletScene {
    const weights = Object.fromEntries(walletScenes.map(({ weight }, index) => [String(index), weight]));
    return walletScenes[Number(this.#deps.chance.weighted(weights))] as WalletScene;
  }

  #walletFor(scene: WalletScene): Wallet {
    this.#senders += 1;
    const from = `0x${this.#senders.toString(16).padStart(40, '0')}`;
    const about = `${this.#deps.context.seed}/${this.#deps.chain.chainId}/${this.#senders}`;
    const privateKey = scene.signs === true ? `0x${createHash('sha256').update(about).digest('hex')}` : null;
    return new Wallet({ from, privateKey }, this.#deps);
  }
}
