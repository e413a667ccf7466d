import { ChainFeed } from '../core/chain/chain-feed.ts';
import type { TransactionFacts } from '../core/records/event-record.ts';
import type { ReplyRecord } from '../core/records/reply-record.ts';
import { factsOf } from '../core/transaction/facts.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import { TxTrailError } from '../lib/error.ts';
import { Waiters } from '../lib/waiters.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { ReadModel } from '../ports/read-model.ts';
import type { StatusCache } from '../ports/status-cache.ts';
import type {
  ChainFacts,
  PendingOutcome,
  PendingWord,
  StatusList,
  StatusListQuery,
  StatusQuery,
} from '../ports/status-query.ts';
import type { RegistrationOutcome } from '../core/partition/registration-input.ts';

const recentBlocks = 64;
/** Longer than a status partition is without an owner when a process dies. */
const decisionTimeoutMs = 15_000;

export interface RemoteStatusDeps {
  readonly readModel: Pick<ReadModel, 'find' | 'list'>;
  readonly cache: Pick<StatusCache, 'get'>;
  readonly scheduler: Scheduler;
  /** Of every configured chain. */
  readonly feeds: ReadonlyMap<string, ChainFeed>;
}

/** What the status stage decided, for a node that does not hold it: from the read model, the chains' streams and the replies. */
export class RemoteStatus implements StatusQuery {
  readonly #deps: RemoteStatusDeps;
  readonly #outcomes = new Waiters<RegistrationOutcome>();
  readonly #words = new Waiters<void>();
  readonly #undecided = new Set<number>();

  constructor(deps: RemoteStatusDeps) {
    this.#deps = deps;
  }

  /** Status partitions that let a registration wait in vain and decided none since, in their order. */
  get undecided(): readonly number[] {
    return [...this.#undecided].sort((left, right) => left - right);
  }

  /** Of a reply to this gateway. */
  take(reply: ReplyRecord): void {
    if (reply.kind === 'outcome') this.#outcomes.resolve(reply.requestId, reply.outcome);
    if (reply.kind === 'word') this.#words.resolve(reply.id, undefined);
  }

  /** Rejects with `not_decided` where no reply comes: it is stored, and asked again it is answered by what became of it. */
  outcomeOf(requestId: string, partition: number): PendingOutcome {
    const { value, cancel } = this.#outcomes.wait(requestId);
    const { promise, resolve, reject } = Promise.withResolvers<RegistrationOutcome>();
    const timer = this.#deps.scheduler.after(decisionTimeoutMs, () => {
      cancel();
      this.#undecided.add(partition);
      reject(notDecided(requestId, partition));
    });
    void value.then((outcome) => {
      timer.cancel();
      this.#undecided.delete(partition);
      resolve(outcome);
    });
    // Whoever stopped waiting does not hear of it.
    promise.catch(() => undefined);
    return {
      outcome: promise,
      cancel: () => {
        timer.cancel();
        cancel();
      },
    };
  }

  nextWordOn(id: string): PendingWord {
    const { value, cancel } = this.#words.wait(id);
    return { word: value, cancel };
  }

  async find(tenant: string, id: string): Promise<TransactionFacts | null> {
    const [found] = await this.findAll(tenant, [id]);
    return found ?? null;
  }

  async findAll(tenant: string, ids: readonly string[]): Promise<readonly (TransactionFacts | null)[]> {
    const { cache, readModel } = this.#deps;
    const cached = await cache.get(tenant, ids);
    const missing = ids.filter((_, index) => cached[index] === undefined);
    const read = (missing.length === 0 ? [] : await readModel.find(tenant, missing)).values();
    return ids.map((_, index) => {
      const text = cached[index] === undefined ? (read.next().value ?? null) : cached[index];
      return text === null ? null : this.#facts(text);
    });
  }

  async list(tenant: string, query: StatusListQuery): Promise<StatusList> {
    const { texts, next } = await this.#deps.readModel.list(tenant, query);
    return { facts: texts.map((text) => this.#facts(text)), next };
  }

  chain(chain: string): ChainFacts {
    const { view, reorgs } = this.#feed(chain);
    const blocks = view.blocks.slice(-recentBlocks).reverse();
    return {
      head: view.head,
      safe: view.safe,
      finalized: view.finalized,
      recentBlocks: blocks.map(({ header, transactions }) => ({ ...header, transactions: transactions.length })),
      recentReorgs: reorgs,
    };
  }

  #facts(text: string): TransactionFacts {
    const tracked = JSON.parse(text) as Tracked;
    return factsOf(tracked, this.#feed(tracked.chain).view);
  }

  #feed(chain: string): ChainFeed {
    const feed = this.#deps.feeds.get(chain);
    // A chain that was taken out of the configuration: what is known of its transactions still is.
    return feed ?? new ChainFeed(chain);
  }
}

function notDecided(requestId: string, partition: number): TxTrailError {
  const message = `The request ${requestId} is stored and was not decided in time: no status process owns partition ${partition}, or it is behind.`;
  return new TxTrailError('not_decided', message, { retryable: true, facts: { requestId, partition } });
}
