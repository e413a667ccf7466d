import { decodeRawTransaction } from '../../../src/adapters/evm/raw-transaction.ts';
import { addressOf, signTransaction } from '../../../src/sandbox/sign-transaction.ts';
import type { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import { type ScriptedTransaction, transactionFromRaw } from '../../../src/scripted-chain/scripted-transaction.ts';
import type { TransactionSpec } from '../../../src/scripted-chain/scripted-transaction.ts';
import { sendRaw } from '../../../src/scripted-chain/send-raw.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { calmFromMs } from '../seed-plan.ts';
import type { BlockMaker } from './block-maker.ts';
import type { ChainPace } from './chain-pace.ts';
import type { WalletFamilies } from './wallet-families.ts';

/** How a transaction came into the world. */
export interface Sending {
  readonly transaction: ScriptedTransaction;
  /** `0x` hex, where it was signed for real and anybody can send it once more. */
  readonly raw: string | null;
  /** No pool ever shows it. */
  readonly isPrivate: boolean;
}

export interface WalletDeps {
  readonly chain: ScriptedChain;
  readonly chance: Chance;
  readonly context: Context;
  readonly maker: BlockMaker;
  readonly pace: ChainPace;
  readonly families: WalletFamilies;
  readonly onSent: (sending: Sending) => void;
}

/** No wallet does anything after this: what can be mined is mined soon enough to become final before the end. */
export const lastSendMs = calmFromMs + 30_000;

/** Wei per gas: below what any block of these chains asks for, so that it waits. */
const tooLow = { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n };
const gwei = 1_000_000_000n;

/** One sender, and what it can do with its transactions. */
export class Wallet {
  readonly from: string;
  readonly #privateKey: string;
  readonly #deps: WalletDeps;

  /** @param options.privateKey `0x` hex, of a wallet that signs for real; null: it is not held to that */
  constructor(options: { readonly from: string; readonly privateKey: string | null }, deps: WalletDeps) {
    this.#privateKey = options.privateKey ?? '';
    this.from = options.privateKey === null ? options.from : addressOf(options.privateKey);
    this.#deps = deps;
  }

  get chance(): Chance {
    return this.#deps.chance;
  }

  reach(state: string): void {
    this.#deps.context.reach(state);
  }

  later(least: number, most: number, task: () => void): void {
    const { time } = this.#deps.context;
    const atMs = Math.min(lastSendMs, time.nowMs + this.#deps.chance.between(least, most));
    time.after(atMs - time.nowMs, task);
  }

  /** At the very moment at which a block is made. */
  justBeforeABlock(task: () => void): void {
    this.#deps.pace.beforeNext(task);
  }

  /** Made and told of, and in nobody's hands. */
  make(spec: Omit<TransactionSpec, 'from'>, isPrivate = false): ScriptedTransaction {
    const { chain, families, onSent } = this.#deps;
    const transaction = chain.prepare({ nonce: 0, value: 1n, ...spec, from: this.from });
    families.add(transaction);
    onSent({ transaction, raw: null, isPrivate });
    return transaction;
  }

  /** Offers too little to be mined. */
  makeCheap(spec: Omit<TransactionSpec, 'from'>): ScriptedTransaction {
    return this.make({ ...spec, ...tooLow });
  }

  /** Into the pool, unless its nonce is used already. */
  submit(transaction: ScriptedTransaction): boolean {
    const { chain } = this.#deps;
    if (chain.account(transaction.from).nonce > transaction.nonce) return false;
    chain.submit(transaction);
    return true;
  }

  /** A block's maker takes it soon, whatever the pools hold. */
  handToMaker(transaction: ScriptedTransaction): void {
    this.#deps.maker.prefer(transaction);
  }

  /** Signed for real, and sent to a node as raw bytes. */
  sendRaw(): void {
    const { transaction, raw } = this.#sign(1n);
    this.#deps.onSent({ transaction, raw, isPrivate: false });
    sendRaw(this.#deps.chain, raw);
  }

  /** Signed for real, and for more than it has: every node refuses it. */
  signBeyondMeans(): ScriptedTransaction {
    const { transaction, raw } = this.#sign(10n ** 23n);
    this.#deps.onSent({ transaction, raw, isPrivate: true });
    return transaction;
  }

  #sign(value: bigint): { readonly transaction: ScriptedTransaction; readonly raw: string } {
    const { chain, families } = this.#deps;
    const { raw } = signTransaction(
      {
        chainId: chain.chainId,
        nonce: 0,
        to: '0x00000000000000000000000000000000000f00d5',
        value,
        input: '0x',
        gas: 21_000n,
        maxFeePerGas: 100n * gwei,
        maxPriorityFeePerGas: gwei,
      },
      this.#privateKey,
    );
    const decoded = decodeRawTransaction(raw);
    if (!decoded.ok) throw new Error(`a wallet signs what cannot be read: ${decoded.reason.message}`);
    const transaction = transactionFromRaw(decoded.transaction);
    families.add(transaction);
    return { transaction, raw };
  }
}
