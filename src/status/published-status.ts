import type { RegistrationOutcome } from '../core/partition/registration-input.ts';
import type { RegistrationRecord } from '../core/records/registration-record.ts';
import { gatewayOf, type ReplyRecord } from '../core/records/reply-record.ts';
import { laneOf } from '../core/records/stream.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import { TxTrailError } from '../lib/error.ts';
import { Latch } from '../lib/latch.ts';
import { doublingDelayMs } from '../lib/retry-delay.ts';
import { pause } from '../lib/pause.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ReadModel, ReadRow } from '../ports/read-model.ts';
import { type StatusCache, statusCacheTtlMs } from '../ports/status-cache.ts';
import type { StreamBroker } from '../ports/stream-broker.ts';
import type { StatusObserver } from './status-runner.ts';

/** Rows written in one go. */
const rowsPerWrite = 1_000;
/** Transactions whose first word a gateway waits for; with more, the oldest are left: their waits have ended by time. */
export const maxAwaitedWords = 10_000;
/** Replies that wait for the read model; with more, the older half is left: whoever waited has been told to ask again. */
export const maxWaitingReplies = 50_000;
const retryBounds = { baseMs: 100, maxMs: 5_000 };

export interface PublishedStatusOptions {
  readonly unit: number;
  /** How many `replies` streams there are. */
  readonly replyLanes: number;
}

export interface PublishedStatusDeps {
  readonly readModel: ReadModel;
  readonly cache: StatusCache;
  readonly broker: StreamBroker;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/**
 * What a status partition decides, told to the nodes that answer: first the rows that reads are
 * answered from, then the replies, so that a read after a 2xx sees it on any node. Rows follow from
 * the journal, and a new owner writes those of what it replays; a reply is said once.
 */
export class PublishedStatus implements StatusObserver {
  readonly #options: PublishedStatusOptions;
  readonly #deps: PublishedStatusDeps;
  readonly #closed = new AbortController();
  #changed = new Map<string, { readonly tracked: Tracked; readonly isGone: boolean }>();
  #replies: ReplyRecord[] = [];
  readonly #awaited = new Map<string, string>();
  #position = 0;
  #running: Promise<void> | null = null;
  /** Rounds of writing that were begun, and that are through. */
  #begun = 0;
  #done = 0;
  readonly #roundEnded = new Latch();

  constructor(options: PublishedStatusOptions, deps: PublishedStatusDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  changed(tracked: Tracked, isGone: boolean): void {
    this.#changed.set(tracked.id, { tracked, isGone });
  }

  /** What came back from a snapshot is in the read model: none was taken before that (`settled`). */
  restored(): void {
    this.#changed.clear();
  }

  decided(record: RegistrationRecord, outcome: RegistrationOutcome): void {
    const { requestId } = record;
    if (requestId === null) return;
    this.#say({ kind: 'outcome', requestId, outcome });
    if (record.kind === 'track' && record.raw !== null) this.#await(record.id, gatewayOf(requestId));
  }

  heard(id: string): void {
    const gateway = this.#awaited.get(id);
    if (gateway === undefined) return;
    this.#awaited.delete(id);
    this.#say({ kind: 'word', gateway, id });
  }

  /** To be called after records were applied: `position` is that of the last. */
  publish(position: number): void {
    this.#position = position;
    if (this.#closed.signal.aborted || this.#running !== null) return;
    if (this.#changed.size === 0 && this.#replies.length === 0) return;
    this.#running = this.#run();
  }

  /**
   * Resolves when all that was decided by now is written.
   * @throws TxTrailError `log_closed` where it was closed, and so may not be
   */
  async settled(): Promise<void> {
    const { signal } = this.#closed;
    // What is decided from now on is no part of it: under load there is always more.
    const last = this.#changed.size > 0 ? this.#begun + 1 : this.#begun;
    while (!signal.aborted && this.#done < last) {
      this.publish(this.#position);
      await this.#roundEnded.wait();
    }
    if (signal.aborted) throw closedError(this.#options.unit);
  }

  /**
   * Ends it, once nothing is decided any more. What was is still written and told, unless a store is
   * away: rows a new owner writes as well, but a reply is said by nobody else.
   */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  #await(id: string, gateway: string): void {
    this.#awaited.delete(id);
    const [oldest] = this.#awaited.keys();
    if (oldest !== undefined && this.#awaited.size >= maxAwaitedWords) this.#awaited.delete(oldest);
    this.#awaited.set(id, gateway);
  }

  #say(reply: ReplyRecord): void {
    this.#replies.push(reply);
    if (this.#replies.length > maxWaitingReplies) this.#replies = this.#replies.slice(maxWaitingReplies / 2);
  }

  async #run(): Promise<void> {
    let isWritten = true;
    while (isWritten && (this.#changed.size > 0 || this.#replies.length > 0)) {
      this.#begun += 1;
      isWritten = await this.#round();
      this.#done = this.#begun;
      this.#wakeSettled();
    }
    // In the same step as the last look, so that nothing is decided in between that nobody writes.
    this.#running = null;
    this.#wakeSettled();
  }

  /** False: it was closed, and not all could be written. */
  async #round(): Promise<boolean> {
    const changes = [...this.#changed.values()];
    const replies = this.#replies;
    this.#changed = new Map();
    this.#replies = [];
    const rows = changes.map(({ tracked, isGone }) => rowOf(tracked, isGone, this.#position));
    for (let at = 0; at < rows.length; at += rowsPerWrite) {
      // Not a word of what reads may not show yet.
      if (!(await this.#write(rows.slice(at, at + rowsPerWrite)))) return false;
    }
    await this.#reply(replies);
    return true;
  }

  #wakeSettled(): void {
    this.#roundEnded.set();
    this.#roundEnded.reset();
  }

  /** Waits for the store for as long as it takes: nothing is answered meanwhile, and nothing is lost. Closed, it tries once. */
  async #write(rows: readonly ReadRow[]): Promise<boolean> {
    const { readModel, cache, scheduler, logger } = this.#deps;
    const { signal } = this.#closed;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await readModel.put(rows);
        // Who reads after our reply may not see what was before it.
        if (await cache.put(rows)) return true;
        await pause(scheduler, statusCacheTtlMs, signal);
        return !signal.aborted;
      } catch (error) {
        if (signal.aborted) return false;
        if (attempt === 1) logger.warn('the read model cannot be written; it is tried again', { error });
        const delayMs = doublingDelayMs(attempt, retryBounds);
        await pause(scheduler, delayMs, signal);
      }
    }
  }

  /** A reply that cannot be stored is left: its gateway answers that it does not know, and is asked again. */
  async #reply(replies: readonly ReplyRecord[]): Promise<void> {
    const { broker, logger } = this.#deps;
    const byLane = Map.groupBy(replies, (reply) =>
      laneOf('gateway' in reply ? reply.gateway : gatewayOf(reply.requestId), this.#options.replyLanes),
    );
    const sent = [...byLane].map(([lane, ofLane]) =>
      broker.append(
        `replies/${lane}`,
        ofLane.map((reply) => ({ key: null, value: JSON.stringify(reply) })),
      ),
    );
    for (const result of await Promise.allSettled(sent)) {
      if (result.status === 'rejected') logger.warn('replies could not be stored', { error: result.reason });
    }
  }
}

function closedError(unit: number): TxTrailError {
  return new TxTrailError('log_closed', `Status partition ${unit} was given up before all it decided was written.`);
}

function rowOf(tracked: Tracked, isGone: boolean, version: number): ReadRow {
  const { id, tenant, chain, hash, subscriber, status } = tracked;
  const text = isGone ? null : JSON.stringify(tracked);
  return { id, tenant, chain, hash, subscriber, status, version, text };
}
