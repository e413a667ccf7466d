import type { RequiredConfirmations, Transaction, TxTrailClient } from '@txtrail/client';
import { ageWords, shortHash, statusWords } from './describe.ts';
import { LiveLine } from './live-line.ts';
import type { Outcome } from './outcome-codes.ts';
import { plainText } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/** How often the line at a terminal is written anew, and its transaction read. */
const tickMs = 1_000;

export interface WaitOptions {
  readonly transaction: Transaction;
  /** undefined: what it is tracked with. */
  readonly confirmations: RequiredConfirmations | undefined;
  /** null: without end. */
  readonly timeoutMs: number | null;
}

export interface WaitDeps {
  readonly client: TxTrailClient;
  readonly terminal: Terminal;
}

export type Ended =
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly transaction: Transaction }
  | { readonly kind: 'interrupted' };

/** Waits for what becomes of a tracked transaction and shows it meanwhile. The client judges; this names its verdict. */
export async function waitForOutcome(options: WaitOptions, deps: WaitDeps): Promise<Ended> {
  const stopping = new AbortController();
  const release = deps.terminal.onInterrupt(() => stopping.abort('interrupted'));
  const view = new WaitView(options, deps);
  try {
    view.start();
    return await judged(options, deps, view, stopping);
  } finally {
    release();
    await view.stop();
  }
}

async function judged(
  { transaction, confirmations, timeoutMs }: WaitOptions,
  { client }: WaitDeps,
  view: WaitView,
  stopping: AbortController,
): Promise<Ended> {
  const { id } = transaction;
  const { TransactionFailedError, WaitTimeoutError } = await import('@txtrail/client');
  try {
    const settled = await client.waitForTransaction({
      id,
      confirmations,
      timeout: timeoutMs === null ? 0 : Math.max(1, timeoutMs),
      signal: stopping.signal,
      onReplaced: (replacement) => view.replaced(replacement.transaction),
      onDropped: () => stopping.abort('dropped'),
    });
    if (settled.id !== id) return { kind: 'ended', outcome: 'replaced', transaction: await client.transaction(id) };
    const outcome = settled.execution === 'reverted' ? 'reverted' : 'confirmed';
    return { kind: 'ended', outcome, transaction: settled };
  } catch (error) {
    if (error === 'interrupted') return { kind: 'interrupted' };
    if (error === 'dropped') return { kind: 'ended', outcome: 'dropped', transaction: await client.transaction(id) };
    if (error instanceof TransactionFailedError && error.transaction !== null) {
      const outcome = error.transaction.status === 'expired' ? 'expired' : 'failed';
      return { kind: 'ended', outcome, transaction: error.transaction };
    }
    if (!(error instanceof WaitTimeoutError)) throw error;
    // The last that is known: a server that is gone just now makes the timeout no other outcome.
    const last = await client.transaction(id).catch(() => error.transaction ?? transaction);
    return { kind: 'ended', outcome: 'timeout', transaction: last };
  }
}

/** The line that tells of the wait. What it shows decides nothing. */
class WaitView {
  readonly #deps: WaitDeps;
  readonly #line: LiveLine;
  readonly #startMs: number;
  /** The transaction shown: the winner, once there is one. */
  #shown: Transaction;
  #winner: Transaction | null = null;
  #trouble = '';
  #timer: ReturnType<typeof setInterval> | null = null;
  #subscription: ReturnType<TxTrailClient['subscribe']> | null = null;

  constructor({ transaction }: WaitOptions, deps: WaitDeps) {
    this.#deps = deps;
    this.#line = new LiveLine(deps.terminal);
    this.#startMs = deps.terminal.now();
    this.#shown = transaction;
  }

  start(): void {
    this.#follow();
    if (this.#deps.terminal.isErrTerminal) this.#timer = setInterval(() => void this.#read(), tickMs);
    this.#show();
  }

  replaced(winner: Transaction): void {
    this.#winner = winner;
    this.#shown = winner;
    this.#show();
    void this.#subscription?.close();
    this.#follow();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#subscription?.close();
    this.#line.clear();
  }

  #follow(): void {
    const { id, subscriber } = this.#shown;
    const subscription = this.#deps.client.subscribe({
      transaction: id,
      subscriber,
      from: 'latest',
      onReset: () => 'continue',
    });
    this.#subscription = subscription;
    subscription.onStateChange(({ state }) => {
      this.#trouble = state === 'waiting' ? 'the server does not answer' : this.#trouble;
      if (state === 'live') {
        this.#trouble = '';
        // What happened before it stood is seen by reading once.
        void this.#read();
      } else this.#show();
    });
    void this.#listen(subscription);
  }

  async #listen(subscription: ReturnType<TxTrailClient['subscribe']>): Promise<void> {
    try {
      for await (const { event } of subscription) {
        const { transaction } = Object(event.data) as { readonly transaction?: Transaction };
        if (transaction !== undefined) this.#take(transaction);
      }
    } catch {
      // Refused for good: the wait itself hears the same and ends with it.
    }
  }

  async #read(): Promise<void> {
    const { id } = this.#shown;
    // Where nobody answers, the subscription's state says so.
    const read = await this.#deps.client.transaction(id).catch(() => null);
    if (read !== null) this.#take(read);
    else this.#show();
  }

  #take(transaction: Transaction): void {
    if (transaction.id !== this.#shown.id || transaction.updatedAt < this.#shown.updatedAt) return;
    this.#shown = transaction;
    this.#show();
  }

  #show(): void {
    const winner = this.#winner === null ? '' : 'the one that replaced it is ';
    const trouble = this.#trouble === '' ? '' : ` (${this.#trouble})`;
    const words = `${shortHash(plainText(this.#shown.hash))}  ${winner}${statusWords(this.#shown)}${trouble}`;
    this.#line.show(words, `  ${ageWords(this.#deps.terminal.now() - this.#startMs)}`);
  }
}
