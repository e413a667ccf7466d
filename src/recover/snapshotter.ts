import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Gauge, Metrics } from '../ports/metrics.ts';
import type { Section } from '../ports/processor.ts';
import type { Position, RecordLog } from '../ports/record-log.ts';
import type { SnapshotStore } from '../ports/snapshot-store.ts';

export interface SnapshotterOptions {
  /**
   * A snapshot is taken when the log has grown this much since the last, or by the size of that one
   * where it was larger: so what is spent on snapshots stays in proportion to what is written, however
   * large the state becomes.
   */
  readonly everyBytes: number;
  /** And when it has grown at all and this much time has passed, milliseconds: a quiet log ages too. */
  readonly everyMs: number;
}

/**
 * At most this much has to be replayed at a start, or as much again as the snapshot itself, beside
 * what came while one was written.
 */
export const defaultSnapshotEveryBytes = 64 * 1024 * 1024;

export const defaultSnapshotEveryMs = 3_600_000;

export interface SnapshotterDeps {
  readonly clock: Clock;
  readonly log: RecordLog;
  readonly store: SnapshotStore;
  /** The whole state, before the next record is applied. */
  readonly capture: () => Promise<{
    readonly position: Position;
    readonly timeMs: number;
    readonly sections: readonly Section[];
  }>;
  /** Gives up what retention allows; the oldest log position that is still needed, null: none. */
  readonly retain: () => number | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Stage 5, HEAL, the regular half: writes the state down now and then, so that a start replays a
 * short tail, and lets go of the log that neither a snapshot nor an event needs. A snapshot that
 * fails is tried again after the next growth; the log is the truth and loses nothing by it.
 */
export class Snapshotter {
  readonly #options: SnapshotterOptions;
  readonly #deps: SnapshotterDeps;
  readonly #metrics: { readonly saved: Counter; readonly bytes: Gauge };
  #lastPosition: Position;
  #lastMs: number;
  /** Bytes of the newest snapshot of this process; 0 before the first. */
  #lastBytes = 0;
  #saving: Promise<void> | null = null;

  constructor(options: SnapshotterOptions, lastPosition: Position, deps: SnapshotterDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#lastPosition = lastPosition;
    this.#lastMs = deps.clock.monotonic();
    this.#metrics = {
      saved: deps.metrics.counter({
        name: 'txtrail_snapshots_total',
        help: 'Snapshots tried, by outcome',
        labels: ['outcome'],
      }),
      bytes: deps.metrics.gauge({ name: 'txtrail_snapshot_bytes', help: 'Size of the newest snapshot' }),
    };
  }

  /** To be called whenever the log may have grown. */
  check(): void {
    const { log, clock } = this.#deps;
    const grown = log.end - this.#lastPosition;
    const hasGrown = grown >= Math.max(this.#options.everyBytes, this.#lastBytes);
    const isDue = hasGrown || clock.monotonic() - this.#lastMs >= this.#options.everyMs;
    if (this.#saving === null && grown > 0 && isDue) void this.save();
  }

  /** Takes one now; resolves when it is durable, or was given up with a warning. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #save(): Promise<void> {
    const { logger, store, log, retain } = this.#deps;
    this.#lastPosition = log.end;
    this.#lastMs = this.#deps.clock.monotonic();
    try {
      const oldestEvent = retain();
      const { position, sections } = await this.#deps.capture();
      this.#lastPosition = position;
      const { bytes, trimBefore } = await store.save(position, sections);
      await log.trim(Math.min(trimBefore, oldestEvent ?? trimBefore));
      this.#metrics.saved.add(1, { outcome: 'saved' });
      this.#lastBytes = bytes;
      this.#metrics.bytes.set(bytes);
      logger.info('snapshot saved', { position, bytes });
    } catch (error) {
      this.#metrics.saved.add(1, { outcome: 'failed' });
      logger.warn('snapshot failed; the log goes on and a later one is tried', { position: this.#lastPosition, error });
    }
  }
}
