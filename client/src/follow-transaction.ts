import type { Transaction } from '@txtrail/protocol';
import type { Calls } from './calls.ts';
import { onAbort } from './deps.ts';
import type { ClientDeps } from './deps.ts';
import { RefusedError } from './errors.ts';
import { isTransactionEvent } from './events.ts';
import type { ClientEvent } from './events.ts';
import { isPassing } from './http-caller.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import type { Reorg } from './wait-for-transaction.ts';
import { hasReached, isBeyondHope, isIncluded, isTold } from './wait-target.ts';
import type { WaitTarget } from './wait-target.ts';

export interface FollowOptions {
  readonly transaction: Transaction;
  readonly target: WaitTarget;
  readonly signal: AbortSignal;
}

export interface FollowDeps extends ClientDeps {
  readonly calls: Calls;
  readonly subscribe: (options: SubscribeOptions) => Subscription;
  /** @param isPresent the server's answer just now; false: what an event said, which may be past */
  readonly onState: (state: Transaction, isPresent: boolean) => void;
  readonly onReorg: (reorg: Reorg) => void;
  readonly onDropped: (transaction: Transaction) => void;
  /** It could not be read now; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRefused: (error: unknown) => void;
}

/** Looks where no event will tell that the target is reached. */
const lookEveryMs = 1_000;

/** Looks in any case: events that were not asked for at registration are not sent. */
const lookAtLeastEveryMs = 15_000;

/** Follows one transaction by its events, and looks at it whenever they may not tell all. */
export class Follower {
  /** The newest that is known. */
  latest: Transaction;
  readonly #target: WaitTarget;
  readonly #deps: FollowDeps;
  readonly #subscription: Subscription;
  readonly #stopping = new AbortController();
  #isLooking = false;
  #looksAgain = false;
  #cancel: (() => void) | null = null;

  constructor({ transaction, target, signal }: FollowOptions, deps: FollowDeps) {
    this.latest = transaction;
    this.#target = target;
    this.#deps = deps;
    this.#subscription = deps.subscribe({
      transaction: transaction.id,
      subscriber: transaction.subscriber,
      from: 'latest',
      onReset: () => {
        this.#look();
        return 'continue';
      },
    });
    // What happened before the subscription stood, first or again, is seen by looking after.
    this.#subscription.onStateChange(({ state }) => {
      if (state === 'live') this.#look();
    });
    onAbort(signal, () => this.stop());
    void this.#listen();
  }

  /** Takes in a state that was read just now. */
  note(transaction: Transaction): void {
    this.#take(transaction, true);
  }

  stop(): void {
    this.#stopping.abort();
    this.#cancel?.();
    void this.#subscription.close();
  }

  async #listen(): Promise<void> {
    try {
      for await (const { event } of this.#subscription) this.#hear(event);
      if (!this.#stopping.signal.aborted) throw new RefusedError('closed', 'The client was closed while it waited.');
    } catch (error) {
      this.#deps.onRefused(error);
    }
  }

  #hear(event: ClientEvent): void {
    if (!isTransactionEvent(event)) return;
    const { transaction } = event.data;
    // Times are ISO 8601 in UTC, whose order is that of the texts.
    if (transaction.updatedAt < this.latest.updatedAt) return;
    if (event.type === 'transaction.reorged') this.#deps.onReorg({ ...event.data.reorg, transaction });
    if (event.type === 'transaction.dropped') this.#deps.onDropped(transaction);
    this.#take(transaction, false);
  }

  #take(transaction: Transaction, isPresent: boolean): void {
    this.latest = transaction;
    this.#deps.onState(transaction, isPresent);
    if (!isPresent && (hasReached(transaction, this.#target) || isBeyondHope(transaction))) this.#look();
    else this.#lookLater();
  }

  #lookLater(): void {
    if (this.#stopping.signal.aborted || this.#isLooking) return;
    const mustLook = isIncluded(this.latest) && !isTold(this.latest, this.#target);
    const delayMs = (mustLook ? lookEveryMs : lookAtLeastEveryMs) * (0.5 + this.#deps.random());
    this.#cancel?.();
    this.#cancel = this.#deps.after(delayMs, () => this.#look());
  }

  #look(): void {
    if (this.#isLooking) this.#looksAgain = true;
    else void this.#lookNow();
  }

  async #lookNow(): Promise<void> {
    const { signal } = this.#stopping;
    this.#isLooking = true;
    let seen: Transaction | null = null;
    do {
      this.#looksAgain = false;
      try {
        seen = await this.#deps.calls.transaction(this.latest.id, { signal });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof RefusedError && !isPassing(error)) return this.#deps.onRefused(error);
        this.#deps.onTrouble(error);
      }
    } while (this.#looksAgain && !signal.aborted);
    this.#isLooking = false;
    if (signal.aborted) return;
    if (seen === null) this.#lookLater();
    else this.#take(seen, true);
  }
}
