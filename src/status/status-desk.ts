import { factsOf } from '../core/transaction/facts.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import type { TransactionFacts } from '../core/records/event-record.ts';
import type { ChainFacts, PendingOutcome, PendingWord, StatusListQuery, StatusQuery } from '../ports/status-query.ts';
import type { StatusRunner } from './status-runner.ts';

const recentBlocks = 64;

/** Answers about what the status stage holds, straight from its state. */
export class StatusDesk implements StatusQuery {
  readonly #runner: StatusRunner;

  constructor(runner: StatusRunner) {
    this.#runner = runner;
  }

  outcomeOf(requestId: string): PendingOutcome {
    const { value, cancel } = this.#runner.outcomes.wait(requestId);
    return { outcome: value, cancel };
  }

  nextWordOn(id: string): PendingWord {
    const { value, cancel } = this.#runner.words.wait(id);
    return { word: value, cancel };
  }

  find(tenant: string, id: string): TransactionFacts | null {
    const tracked = this.#runner.node.transaction(id);
    return tracked === null || tracked.tenant !== tenant ? null : this.#facts(tracked);
  }

  list(tenant: string, query: StatusListQuery): { facts: readonly TransactionFacts[]; next: number | null } {
    const all = this.#runner.node.ofTenant(tenant);
    const found: Tracked[] = [];
    for (let index = firstAfter(all, query.after); index < all.length; index += 1) {
      const tracked = all[index];
      if (tracked === undefined || !matches(tracked, query)) continue;
      if (found.length === query.limit) {
        return { facts: found.map((one) => this.#facts(one)), next: found.at(-1)?.registered.position ?? null };
      }
      found.push(tracked);
    }
    return { facts: found.map((one) => this.#facts(one)), next: null };
  }

  chain(chain: string): ChainFacts {
    const { view } = this.#runner.node.chain(chain);
    const blocks = view.blocks.slice(-recentBlocks).reverse();
    return {
      head: view.head,
      safe: view.safe,
      finalized: view.finalized,
      recentBlocks: blocks.map(({ header, transactions }) => ({ ...header, transactions: transactions.length })),
      recentReorgs: this.#runner.reorgsOf(chain),
    };
  }

  #facts(tracked: Tracked): TransactionFacts {
    return factsOf(tracked, this.#runner.node.chain(tracked.chain).view);
  }
}

function matches(tracked: Tracked, query: StatusListQuery): boolean {
  return (
    (query.chain === null || tracked.chain === query.chain) &&
    (query.hash === null || tracked.hash === query.hash) &&
    (query.subscriber === null || tracked.subscriber === query.subscriber) &&
    (query.status === null || tracked.status === query.status)
  );
}

/** Index of the first registered after a position: the list is in the order of registration. */
function firstAfter(all: readonly Tracked[], position: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.registered.position ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
