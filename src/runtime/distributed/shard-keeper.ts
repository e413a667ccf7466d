import { InvariantError } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import { doublingDelayMs } from '../../lib/retry-delay.ts';
import { pause } from '../../lib/pause.ts';
import type { Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Gauge, Metrics } from '../../ports/metrics.ts';
import type { Membership, Ownership } from '../../ports/ownership.ts';

/** The work of one shard, running. */
export interface ShardWork {
  /** Settles when it cannot go on. Never rejects. */
  readonly ended: Promise<Error>;
  /** How far it has come in what the group's shards are shown as, durably; null: nothing to tell. */
  readonly progress?: () => number | null;
  close(): Promise<void>;
}

export interface ShardKeeperOptions {
  readonly group: string;
  readonly shards: number;
}

export interface ShardKeeperDeps {
  readonly ownership: Ownership;
  /** `end` tells that the shard was taken meanwhile: whatever waits then is to wait no longer. */
  readonly open: (shard: number, end: AbortSignal) => Promise<ShardWork>;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What another try cannot mend: the shard stands still, in plain sight, and the others go on. */
const fatalCodes: ReadonlySet<string> = new Set([
  'record_not_applied',
  'record_missing',
  'log_corrupt',
  'log_version_unknown',
  'snapshot_corrupt',
  'snapshot_version_unknown',
]);
const retryBounds = { baseMs: 100, maxMs: 5_000 };
/** Work that ran for so long begins anew without delay; what ends sooner each time is tried ever more slowly. */
const steadyMs = 10_000;
const progressEveryMs = 2_000;
/** Somebody else claimed it, and does the work. */
const takenCodes: ReadonlySet<string> = new Set(['log_taken', 'lane_taken', 'chain_taken']);
/**
 * Whoever was followed hears of it from the coordinator before this. To claim it back at once would
 * take it from its new owner, who would do the same, and neither would get to its work.
 */
const takenDelayMs = 3_000;

/** Does the work of every shard that this process owns, from when it is given one until it is taken. */
export class ShardKeeper {
  readonly #options: ShardKeeperOptions;
  readonly #deps: ShardKeeperDeps;
  readonly #kept = new Map<number, { readonly end: AbortController; readonly done: Promise<void> }>();
  readonly #running = new Set<number>();
  readonly #stopped = new Map<number, string>();
  /** Why it does not run until another try does. */
  readonly #failing = new Map<number, string>();
  readonly #failed = Promise.withResolvers<Error>();
  readonly #owned: Gauge;
  #membership: Membership | null = null;

  constructor(options: ShardKeeperOptions, deps: ShardKeeperDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#owned = deps.metrics.gauge({
      name: 'txtrail_shards',
      help: 'Shards that this process owns, by group and state: running, starting, or stopped by a fault',
      labels: ['group', 'state'],
    });
  }

  /** Settles when the membership is lost for good. Never rejects. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** Why the work of a shard does not run, for those that stand still or could not be begun anew yet. */
  get faults(): readonly string[] {
    const { group } = this.#options;
    return [
      ...[...this.#stopped].map(([shard, why]) => `${group} ${shard} is stopped: ${why}`),
      ...[...this.#failing].map(([shard, why]) => `${group} ${shard} does not run: ${why}`),
    ];
  }

  async start(): Promise<void> {
    this.#membership = await this.#deps.ownership.join(this.#options, {
      onGained: (shards) => {
        for (const shard of shards) this.#keep(shard);
      },
      onLost: async (shards) => {
        await Promise.all(shards.map((shard) => this.#leave(shard)));
      },
      onFailure: (cause) => this.#failed.resolve(cause),
    });
  }

  async close(): Promise<void> {
    await this.#membership?.leave();
    await Promise.all([...this.#kept.keys()].map((shard) => this.#leave(shard)));
  }

  #keep(shard: number): void {
    if (this.#kept.has(shard)) return;
    const end = new AbortController();
    this.#kept.set(shard, { end, done: this.#work(shard, end.signal) });
    this.#publish();
  }

  async #leave(shard: number): Promise<void> {
    const kept = this.#kept.get(shard);
    if (kept === undefined) return;
    this.#kept.delete(shard);
    this.#stopped.delete(shard);
    this.#failing.delete(shard);
    kept.end.abort();
    await kept.done;
    this.#publish();
  }

  async #work(shard: number, end: AbortSignal): Promise<void> {
    const aborted = new Promise<null>((resolve) => end.addEventListener('abort', () => resolve(null), { once: true }));
    let failures = 0;
    while (!end.aborted) {
      const cause = await this.#workOnce(shard, { end, aborted }, () => {
        failures = 0;
      });
      if (cause === null || end.aborted) return;
      if (isFatal(cause)) return this.#stand(shard, cause);
      failures += 1;
      if (!isTaken(cause)) this.#failing.set(shard, cause.message);
      this.#deps.logger.warn('the work of a shard ended; it is begun anew', { ...this.#facts(shard), error: cause });
      const delayMs = isTaken(cause) ? takenDelayMs : doublingDelayMs(failures, retryBounds);
      await pause(this.#deps.scheduler, delayMs, end);
    }
  }

  /** Why it ended; null: since it was told to. */
  async #workOnce(
    shard: number,
    { end, aborted }: { readonly end: AbortSignal; readonly aborted: Promise<null> },
    onSteady: () => void,
  ): Promise<Error | null> {
    let work: ShardWork;
    try {
      work = await this.#deps.open(shard, end);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    this.#running.add(shard);
    this.#failing.delete(shard);
    this.#publish();
    const steady = this.#deps.scheduler.after(steadyMs, onSteady);
    const told = new AbortController();
    void this.#tellProgress(shard, work, told.signal);
    const cause = await Promise.race([work.ended, aborted]);
    told.abort();
    steady.cancel();
    this.#running.delete(shard);
    this.#publish();
    await work.close().catch((error: unknown) => {
      this.#deps.logger.warn('the work of a shard could not be ended cleanly', { ...this.#facts(shard), error });
    });
    return cause;
  }

  /** For the operator's tools, which show how far each shard lags behind. */
  async #tellProgress(shard: number, work: ShardWork, end: AbortSignal): Promise<void> {
    while (!end.aborted && work.progress !== undefined) {
      const progress = work.progress();
      if (progress !== null) this.#membership?.noteProgress(shard, progress);
      await pause(this.#deps.scheduler, progressEveryMs, end);
    }
  }

  #stand(shard: number, cause: Error): void {
    this.#failing.delete(shard);
    this.#stopped.set(shard, cause.message);
    this.#publish();
    this.#deps.logger.error('the work of a shard cannot go on and is stopped', { ...this.#facts(shard), error: cause });
  }

  #facts(shard: number): { readonly group: string; readonly shard: number } {
    return { group: this.#options.group, shard };
  }

  #publish(): void {
    const { group } = this.#options;
    const [running, stopped] = [this.#running.size, this.#stopped.size];
    this.#owned.set(running, { group, state: 'running' });
    this.#owned.set(stopped, { group, state: 'stopped' });
    this.#owned.set(Math.max(0, this.#kept.size - running - stopped), { group, state: 'starting' });
  }
}

function isTaken(cause: Error): boolean {
  return cause instanceof TxTrailError && takenCodes.has(cause.code);
}

function isFatal(cause: Error): boolean {
  return cause instanceof InvariantError || (cause instanceof TxTrailError && fatalCodes.has(cause.code));
}
