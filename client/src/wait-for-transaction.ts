import type { ReorgData, ReplacementReason, RequiredConfirmations, TrackRequest, Transaction } from '@txtrail/protocol';
import type { Calls } from './calls.ts';
import { onAbort } from './deps.ts';
import type { ClientDeps } from './deps.ts';
import {
  OptionsError,
  RefusedError,
  TransactionFailedError,
  TransactionReplacedError,
  WaitTimeoutError,
} from './errors.ts';
import { Follower } from './follow-transaction.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { describeTarget, describeTransaction, hasReached, isBeyondHope } from './wait-target.ts';

/** Another transaction of the same sender and nonce was included instead. */
export interface Replacement {
  readonly reason: ReplacementReason;
  /** The one that was waited for. */
  readonly replacedTransaction: Transaction;
  /** The one that took its place, tracked from now on. */
  readonly transaction: Transaction;
}

export interface Reorg extends ReorgData {
  /** As it stands after its block left the canonical chain. */
  readonly transaction: Transaction;
}

/** Which transaction: one that is tracked, or one to track. What is tracked already keeps its options. */
export type WaitOptions = WaitBehaviour &
  (
    | { readonly id: string; readonly chain?: undefined; readonly hash?: undefined; readonly raw?: undefined }
    | { readonly chain: string; readonly hash: string; readonly id?: undefined; readonly raw?: undefined }
    | { readonly chain: string; readonly raw: string; readonly id?: undefined; readonly hash?: undefined }
  );

export interface WaitBehaviour
  extends Pick<TrackRequest, 'subscriber' | 'from' | 'nonce' | 'private' | 'expiresAt' | 'metadata'> {
  /**
   * What to wait for: a count, `safe` or `finalized`. What the transaction was tracked with, or else the
   * chain's own count, where left out.
   */
  readonly confirmations?: RequiredConfirmations | undefined;
  /** Called when another transaction took its place, and again if a third one did after a reorg. */
  readonly onReplaced?: ((replacement: Replacement) => void) | undefined;
  /** Called when its block, or that of the one that replaced it, left the canonical chain. The wait goes on. */
  readonly onReorged?: ((reorg: Reorg) => void) | undefined;
  /** Called when no provider's pool holds it any more. It may come back, and the wait goes on. */
  readonly onDropped?: ((transaction: Transaction) => void) | undefined;
  /** False: a replacement rejects with TransactionReplacedError. True where left out: it is followed, and resolves. */
  readonly followReplacement?: boolean | undefined;
  /** Milliseconds; 180,000 where left out, 0 for no limit. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WaitDeps extends ClientDeps {
  readonly calls: Calls;
  readonly subscribe: (options: SubscribeOptions) => Subscription;
}

const defaultTimeoutMs = 180_000;

/**
 * Follows one transaction, and the one that replaces it, until what was waited for is true by the
 * server's present word. Events only say when to look: so a reorg between an event and its arrival, a
 * reconnect, or a type that was not asked for at registration cannot make it resolve wrongly.
 */
export async function waitForTransaction(options: WaitOptions, deps: WaitDeps): Promise<Transaction> {
  const { timeout = defaultTimeoutMs, signal } = options;
  if (!(timeout >= 0)) throw new OptionsError(`timeout must be milliseconds, or 0 for none, not ${String(timeout)}.`);
  signal?.throwIfAborted();
  const wait = new Wait(options, deps);
  const forget = onAbort(signal, () => wait.fail(signal?.reason));
  const cancel = timeout === 0 ? null : deps.after(timeout, () => wait.timeOut(timeout));
  try {
    return await wait.result;
  } finally {
    cancel?.();
    forget();
  }
}

class Wait {
  readonly result: Promise<Transaction>;
  readonly #options: WaitOptions;
  readonly #deps: WaitDeps;
  /** Aborted when the result is there: it ends all that was started. */
  readonly #ending = new AbortController();
  #resolve: (transaction: Transaction) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #own: Follower | null = null;
  #winner: { readonly hash: string; follower: Follower | null } | null = null;
  #lastError: unknown;

  constructor(options: WaitOptions, deps: WaitDeps) {
    this.#options = options;
    this.#deps = deps;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#start().catch((error: unknown) => this.fail(error));
  }

  fail(error: unknown): void {
    this.#reject(error);
    this.#ending.abort();
  }

  timeOut(timeoutMs: number): void {
    const transaction = this.#own?.latest ?? null;
    const wanted = describeTarget(this.#options.confirmations);
    const seen = transaction === null ? 'it is not tracked yet' : describeTransaction(transaction);
    const message = `After ${timeoutMs} ms the transaction has not reached ${wanted}: ${seen}. It can be waited for again.`;
    this.fail(new WaitTimeoutError('wait_timeout', message, transaction, this.#lastError));
  }

  async #start(): Promise<void> {
    const transaction = await this.#registered();
    if (this.#ending.signal.aborted) return;
    this.#own = this.#follow(transaction, (state, isPresent) => this.#judgeOwn(state, isPresent));
    this.#own.note(transaction);
  }

  #registered(): Promise<Transaction> {
    const { id, timeout, signal, followReplacement, onReplaced, onReorged, onDropped, ...request } = this.#options;
    if (id === undefined) return this.#track(request as TrackRequest);
    return this.#deps.calls.transaction(id, { signal: this.#ending.signal });
  }

  /** Tracked for another count already, it keeps that one, and the count is judged here. */
  async #track(request: TrackRequest): Promise<Transaction> {
    const { calls } = this.#deps;
    const { signal } = this.#ending;
    try {
      return await calls.track(request, { signal });
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 'transaction_conflict') throw error;
      return calls.track({ ...request, confirmations: undefined }, { signal });
    }
  }

  #follow(transaction: Transaction, onState: (state: Transaction, isPresent: boolean) => void): Follower {
    return new Follower(
      { transaction, target: this.#options.confirmations, signal: this.#ending.signal },
      {
        ...this.#deps,
        onState: (state, isPresent) => this.#guard(() => onState(state, isPresent)),
        onReorg: (reorg) => this.#guard(() => this.#options.onReorged?.(reorg)),
        onDropped: (dropped) => this.#guard(() => this.#options.onDropped?.(dropped)),
        onTrouble: (error) => {
          this.#lastError = error;
        },
        onRefused: (error) => this.fail(error),
      },
    );
  }

  /** What a callback of the caller's throws is the wait's end. */
  #guard(task: () => void): void {
    if (this.#ending.signal.aborted) return;
    try {
      task();
    } catch (error) {
      this.fail(error);
    }
  }

  #judgeOwn(state: Transaction, isPresent: boolean): void {
    if (state.status === 'replaced' && state.replacedBy !== null) return this.#replaced(state, state.replacedBy);
    this.#forgetWinner();
    if (isPresent && isBeyondHope(state)) {
      const message = `The transaction never reached the chain: ${describeTransaction(state)}.`;
      this.fail(new TransactionFailedError(`transaction_${state.status}`, message, state));
    }
    this.#resolveWhenReached(state, isPresent);
  }

  #replaced(state: Transaction, winnerHash: string): void {
    if (this.#winner?.hash === winnerHash) return;
    this.#forgetWinner();
    if (this.#options.followReplacement === false) {
      const message = `The transaction was replaced (${state.reason}) by ${winnerHash}, which is not followed.`;
      return this.fail(new TransactionReplacedError('transaction_replaced', message, state));
    }
    this.#winner = { hash: winnerHash, follower: null };
    void this.#followWinner(state, winnerHash).catch((error: unknown) => this.fail(error));
  }

  async #followWinner(replaced: Transaction, hash: string): Promise<void> {
    const { chain, subscriber } = replaced;
    const transaction = await this.#track({ chain, hash, subscriber, confirmations: this.#options.confirmations });
    const winner = this.#winner;
    if (this.#ending.signal.aborted || winner?.hash !== hash) return;
    const reason = (replaced.reason ?? 'replaced') as ReplacementReason;
    this.#guard(() => this.#options.onReplaced?.({ reason, replacedTransaction: replaced, transaction }));
    winner.follower = this.#follow(transaction, (state, isPresent) => this.#resolveWhenReached(state, isPresent));
    winner.follower.note(transaction);
  }

  #forgetWinner(): void {
    this.#winner?.follower?.stop();
    this.#winner = null;
  }

  /** An event may be older than a reorg that is still on its way: only the present state resolves. */
  #resolveWhenReached(state: Transaction, isPresent: boolean): void {
    if (!isPresent || !hasReached(state, this.#options.confirmations)) return;
    this.#resolve(state);
    this.#ending.abort();
  }
}
