import type { Refresh } from '@txtrail/protocol';
import type { RefreshQuestion, ReplyRecord } from '../core/records/reply-record.ts';
import { laneOf } from '../core/records/stream.ts';
import { Waiters } from '../lib/waiters.ts';
import type { ChainRefresh } from '../ports/chain-refresh.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { StreamBroker } from '../ports/stream-broker.ts';

/** Longer than a watcher waits for its providers. */
const answerTimeoutMs = 15_000;

export interface RemoteRefreshOptions {
  readonly partitions: number;
  /** Makes request ids of this process unlike those of any other. */
  readonly instance: string;
}

/** Asks a chain's watcher in another process. */
export class RemoteRefresh implements ChainRefresh {
  readonly #options: RemoteRefreshOptions;
  readonly #deps: { readonly broker: StreamBroker; readonly scheduler: Scheduler };
  readonly #waiters = new Waiters<Refresh | null>();
  #count = 0;

  constructor(options: RemoteRefreshOptions, deps: { readonly broker: StreamBroker; readonly scheduler: Scheduler }) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Of a reply to this gateway. */
  take(reply: ReplyRecord): void {
    if (reply.kind === 'refresh') this.#waiters.resolve(reply.requestId, reply.refresh);
  }

  async refresh(chain: string, hash: string): Promise<Refresh | null> {
    const { partitions, instance } = this.#options;
    const { broker, scheduler } = this.#deps;
    this.#count += 1;
    const requestId = `${instance}-refresh${this.#count}`;
    const question: RefreshQuestion = { kind: 'refresh', requestId, chain, hash };
    const waiting = this.#waiters.wait(requestId);
    const waited = new AbortController();
    const timeout = scheduler.sleep(answerTimeoutMs, waited.signal).then(
      () => unanswered,
      () => unanswered,
    );
    try {
      await broker.append(`probes/${laneOf(chain, partitions)}`, [{ key: null, value: JSON.stringify(question) }]);
      return await Promise.race([waiting.value, timeout]);
    } finally {
      waited.abort();
      waiting.cancel();
    }
  }
}

/** Nobody watches the chain at this moment: no provider was asked. */
const unanswered: Refresh = { asked: [], answered: [], outcome: 'unknown', reasons: [] };
