import type { EventRecord } from '../core/records/event-record.ts';
import { assert } from '../lib/assert.ts';
import { TxTrailError } from '../lib/error.ts';
import { pause } from '../lib/pause.ts';
import type { Clock, Scheduler } from '../ports/clock.ts';
import type { HistoryArchive, HistoryEntry } from '../ports/history-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { LogRecord, Position, RecordLog } from '../ports/record-log.ts';
import type { LaneRunner } from './lane-runner.ts';

/** How often it is looked for what may leave; retention is counted in days. */
const sweepEveryMs = 60_000;

/** Events taken in at a time: others wait while they are written. */
const batchSize = 100;

export interface HistoryKeeperOptions {
  /** Events older than this are taken in, milliseconds: from then on they may be given up. */
  readonly minAgeMs: number;
  /** And leave the history when they are older than this. */
  readonly historyAgeMs: number;
}

export interface HistoryKeeperDeps {
  readonly archive: HistoryArchive;
  readonly lanes: LaneRunner;
  readonly log: RecordLog;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Stage 4, DELIVER, on the way out: events that readers may soon not find any more go into the
 * history first. Retention goes no further than the archive does, so none is ever in neither.
 */
export class HistoryKeeper {
  readonly #options: HistoryKeeperOptions;
  readonly #deps: HistoryKeeperDeps;
  readonly #archived: Counter;

  constructor(options: HistoryKeeperOptions, deps: HistoryKeeperDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#archived = deps.metrics.counter({
      name: 'txtrail_history_archived_total',
      help: 'Events taken into the history',
    });
  }

  /** Keeps the history until it is told to end. Rejects only by what is a mistake of ours, or when the log failed. */
  async run(end: AbortSignal): Promise<void> {
    const { scheduler, logger } = this.#deps;
    while (!end.aborted) {
      try {
        await this.#sweep(end);
      } catch (error) {
        if (!(error instanceof TxTrailError) || error.code !== 'history_unusable') throw error;
        logger.warn('the history could not be kept; nothing leaves the log until it can, and it is tried again', {
          error,
        });
      }
      if (!end.aborted) await pause(scheduler, sweepEveryMs, end);
    }
  }

  async #sweep(end: AbortSignal): Promise<void> {
    const { archive, lanes, clock } = this.#deps;
    const nowMs = clock.now();
    const through = lanes.positionAt(nowMs - this.#options.minAgeMs);
    if (through > archive.through) await this.#takeIn(through, end);
    while (!end.aborted && (await archive.retainHistory(nowMs, this.#options.historyAgeMs)));
  }

  async #takeIn(through: Position, end: AbortSignal): Promise<void> {
    const { archive, lanes, log } = this.#deps;
    const positions = lanes.positionsBetween(archive.through, through);
    for (let from = 0; from < positions.length && !end.aborted; from += batchSize) {
      const batch = positions.slice(from, from + batchSize);
      const entries = (await log.readAt(batch)).map((record) => this.#entryOf(record));
      const next = positions[from + batchSize];
      await archive.archive(entries, next ?? through);
      this.#archived.add(entries.length);
    }
    if (positions.length === 0) await archive.archive([], through);
  }

  #entryOf({ position, timeMs, payload }: LogRecord): HistoryEntry {
    const record = JSON.parse(payload) as EventRecord;
    const seq = this.#deps.lanes.stream(record.tenant, record.subscriber)?.seqAt(position) ?? null;
    assert(seq !== null, `the event at ${position} has no number`);
    return { place: position, seq, numberedMs: timeMs, record };
  }
}
