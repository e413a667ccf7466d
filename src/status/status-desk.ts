import { inOrder } from '../core/partition/bucket-index.ts';
import { factsOf } from '../core/transaction/facts.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import type { TransactionFacts } from '../core/records/event-record.ts';
import type {
  ChainFacts,
  PendingOutcome,
  PendingWord,
  StatusList,
  StatusListQuery,
  StatusQuery,
} from '../ports/status-query.ts';
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

  findAll(tenant: string, ids: readonly string[]): readonly (TransactionFacts | null)[] {
    return ids.map((id) => this.find(tenant, id));
  }

  list(tenant: string, query: StatusListQuery): StatusList {
    const found: Tracked[] = [];
    for (const tracked of this.#candidates(tenant, query)) {
      if (!matches(tracked, query)) continue;
      if (found.length === query.limit) {
        return { facts: found.map((one) => this.#facts(one)), next: found.at(-1)?.registered.position ?? null };
      }
      found.push(tracked);
    }
    return { facts: found.map((one) => this.#facts(one)), next: null };
  }

  /** In the order of registration. A hash is looked up, whatever else the tenant tracks. */
  #candidates(tenant: string, { hash, after }: StatusListQuery): Iterable<Tracked> {
    const { node } = this.#runner;
    if (hash === null) return node.ofTenant(tenant).after(after);
    const ofHash = [...node.chains.values()].flatMap(({ index }) => index.byHash.get(hash));
    return inOrder(ofHash).filter((tracked) => tracked.tenant === tenant && tracked.registered.position > after);
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
