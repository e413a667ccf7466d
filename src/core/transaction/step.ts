import type { FailureData, ReorgData, ReplacementData, TransactionStatus } from '@txtrail/protocol';
import type { ChainView } from '../chain/chain-view.ts';
import type { Evidence, EventRecord } from '../records/event-record.ts';
import { factsOf } from './facts.ts';
import type { Tracked } from './tracked.ts';

/** What a transition may look at besides the transaction itself. Time is the journal's. */
export interface Surroundings {
  readonly view: ChainView;
  readonly timeMs: number;
}

/** An event as a transition says it; the partition adds origin and id. */
export type SaidEvent = Omit<EventRecord, 'origin' | 'id' | 'render'>;

export interface Saying {
  readonly type: string;
  /** The status that it moves to; left out: unchanged. */
  readonly status?: TransactionStatus;
  readonly confirmations: number;
  readonly late: boolean;
  readonly evidence: Evidence;
  readonly reorg?: ReorgData;
  readonly replacement?: ReplacementData;
  readonly failure?: FailureData;
  readonly expiry?: { readonly reason: string };
}

/**
 * One input's work on one transaction: it moves the status and collects what is said about it. What
 * the subscriber did not ask for moves the status too but is not said and takes no revision.
 */
export class Step {
  readonly tracked: Tracked;
  readonly view: ChainView;
  readonly timeMs: number;
  readonly said: SaidEvent[] = [];
  readonly #wanted: (type: string) => boolean;

  constructor(tracked: Tracked, surroundings: Surroundings, wanted: (type: string) => boolean) {
    this.tracked = tracked;
    this.view = surroundings.view;
    this.timeMs = surroundings.timeMs;
    this.#wanted = wanted;
  }

  say(saying: Saying): void {
    const { tracked } = this;
    const { status, ...facts } = saying;
    const previousStatus = tracked.status;
    if (status !== undefined) tracked.status = status;
    tracked.updatedAtMs = this.timeMs;
    if (!this.#wanted(saying.type)) return;
    tracked.revision += 1;
    this.said.push({
      ...facts,
      tenant: tracked.tenant,
      subscriber: tracked.subscriber,
      timeMs: this.timeMs,
      transactionId: tracked.id,
      revision: tracked.revision,
      previousStatus,
      transaction: factsOf(tracked, this.view, saying.confirmations),
    });
  }
}
