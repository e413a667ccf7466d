import { EmbeddedSnapshots } from '../adapters/embedded-snapshots/embedded-snapshots.ts';
import { oldestLogPosition } from '../adapters/segment-log/segment.ts';
import { openSegmentLog } from '../adapters/segment-log/open-segment-log.ts';
import type { ChainConfig, Config } from '../config/config.ts';
import { Registrar } from '../ingest/registrar.ts';
import { logExpired } from '../notify/retention.ts';
import { TxTrailError } from '../lib/error.ts';
import type { AnswerStore } from '../ports/answer-store.ts';
import type { ChainProvider } from '../ports/chain-provider.ts';
import type { Clock, Random, Scheduler } from '../ports/clock.ts';
import type { Disk, DiskLock } from '../ports/disk.ts';
import type { EventReader } from '../ports/event-reader.ts';
import type { HistoryArchive } from '../ports/history-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RawDecoder } from '../ports/raw-decoder.ts';
import type { RecordLog } from '../ports/record-log.ts';
import type { TrackerService } from '../ports/tracker-service.ts';
import { Snapshotter } from '../recover/snapshotter.ts';
import { StatusDesk } from '../status/status-desk.ts';
import { type ChainWatcher, createChainWatcher } from '../watch/chain-watcher.ts';
import { watchResumeOf } from '../watch/watch-resume.ts';
import { Alarm } from './alarm.ts';
import { assertOfThisLog, keepHistory } from './keep-history.ts';
import { LogChainOutput } from './log-chain-output.ts';
import { rateLimits } from './rate-limits.ts';
import { buildStages, type Stages } from './stages.ts';
import { SteadyClock } from './steady-clock.ts';
import { defaultTrackerLimits, type TrackerLimits } from './tracker-limits.ts';

/** Everything outside the program that a tracker stands on: real in production, exchanged in the simulator. */
export interface Platform {
  readonly disk: Disk;
  /** The disk's lock, held by the caller. */
  readonly lock: DiskLock;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly decoder: RawDecoder;
  /** What takes over the events that leave the log, held by the caller; null: nothing does. */
  readonly archive: HistoryArchive | null;
  /** The providers of a chain, in the order of the configuration. */
  readonly providersOf: (chain: ChainConfig) => readonly ChainProvider[];
  /** Default: `defaultTrackerLimits`. */
  readonly limits?: TrackerLimits | undefined;
}

/** The five stages of one process over the embedded log, running. */
export interface RunningTracker {
  readonly service: TrackerService;
  readonly events: EventReader;
  readonly answers: AnswerStore;
  /** Settles with the cause when the log or a watcher broke: the process must end. Never rejects. */
  readonly failed: Promise<Error>;
  /** Stops watching, writes the state down, lets go of the log. The gateway must have stopped before. */
  close(): Promise<void>;
}

/**
 * Opens the data directory, brings the state back (snapshot and tail), and starts watching. The same
 * for production and simulator: only the platform differs.
 *
 * @throws TxTrailError with the log's or the snapshots' diagnosis; nothing was changed then.
 */
export async function startTracker(config: Config, platform: Platform): Promise<RunningTracker> {
  const { scheduler, logger, random, archive, limits = defaultTrackerLimits } = platform;
  const clock = new SteadyClock(platform.clock);
  const { log, stages, store, replayedFrom } = await recover(config, { ...platform, clock });
  const { dispatcher, status, lanes, asks } = stages;
  // The last process may have ended ahead of the wall: deadlines in the journal go on from its time (I21).
  clock.notBefore(dispatcher.appliedTimeMs);
  const watchers = new Map(config.chains.map((chain) => [chain.chain, makeWatcher(chain, stages, platform)]));
  for (const [chain, watcher] of watchers) asks.attach(chain, watcher);

  const alarm = new Alarm({ clock, scheduler, writer: dispatcher, nextDueMs: () => status.node.nextDueMs() });
  const snapshotter = new Snapshotter(
    { everyBytes: limits.snapshotEveryBytes, everyMs: limits.snapshotEveryMs },
    replayedFrom,
    {
      clock,
      log,
      store,
      capture: () => dispatcher.capture(),
      retain: () => {
        const before = archive?.through ?? Number.POSITIVE_INFINITY;
        const { oldestKept, expired } = lanes.retain(clock.now(), limits.retention, before);
        logExpired(expired, logger);
        return oldestKept;
      },
      logger,
      metrics: platform.metrics,
    },
  );
  dispatcher.onApplied(() => alarm.set());
  dispatcher.onApplied(() => snapshotter.check());
  dispatcher.start();
  alarm.set();
  for (const watcher of watchers.values()) watcher.start();
  const { minAgeMs } = limits.retention;
  const history = keepHistory({ ...config, minAgeMs }, { ...platform, clock, lanes, log });

  const service = new Registrar(
    { chains: config.chains, partitions: stages.shards.partitions, instance: hex(random.bytes(8)) },
    {
      writer: dispatcher,
      status: new StatusDesk(status),
      decoder: platform.decoder,
      scheduler,
      refresher: { refresh: async (chain, hash) => (await watchers.get(chain)?.refresh(hash)) ?? null },
      watchReport: (chain) => watchers.get(chain)?.report() ?? { lag: null, providers: [] },
    },
  );
  const failures = [...watchers.values()].map((watcher) => watcher.failed);
  const failed = Promise.race([log.failed, history.failed, ...failures]);
  const close = async (): Promise<void> => {
    await Promise.all([history.stop(), ...[...watchers.values()].map((watcher) => watcher.stop())]);
    alarm.stop();
    try {
      await saveAtClose(snapshotter, stages);
    } finally {
      await log.close();
    }
  };
  return { service, events: stages.reader, answers: stages.answers, failed, close };
}

interface Recovered {
  readonly log: RecordLog;
  readonly stages: Stages;
  readonly store: EmbeddedSnapshots;
  readonly replayedFrom: number;
}

/** The newest snapshot, and then the log's tail: the state as it was when the process last ended. */
async function recover(config: Config, platform: Platform): Promise<Recovered> {
  const { disk, lock, clock, logger, metrics, archive, limits = defaultTrackerLimits } = platform;
  const store = new EmbeddedSnapshots({}, { disk, logger });
  const oldest = await oldestLogPosition(disk);
  const snapshot = await store.loadLatest(oldest);
  const from = snapshot?.position ?? 0;
  assertReachesBack(oldest ?? 0, from);
  const log = await openSegmentLog(
    { durableUpTo: from, scanFrom: snapshot?.position, ...sizesOf(limits) },
    { disk, lock, clock, logger, metrics },
  );
  try {
    assertOfThisLog(archive, log);
    const stages = buildStages(config, log, { clock, metrics, archive, limits });
    if (snapshot !== null) stages.dispatcher.restore(await Array.fromAsync(snapshot.sections));
    const startedMs = clock.monotonic();
    const records = await stages.dispatcher.replay(from);
    logExpired(stages.lanes.dropLost(log.start).expired, logger);
    const tracked = stages.status.node.trackedCount;
    logger.info('state recovered', {
      snapshot: from,
      records,
      tracked,
      tookMs: Math.round(clock.monotonic() - startedMs),
    });
    return { log, stages, store, replayedFrom: from };
  } catch (error) {
    await log.close();
    throw error;
  }
}

function sizesOf({ segmentBytes }: TrackerLimits): { readonly segmentBytes?: number } {
  return segmentBytes === undefined ? {} : { segmentBytes };
}

/** A log that was trimmed tells its beginning through a snapshot alone: without one the state would be a guess. */
function assertReachesBack(logStart: number, from: number): void {
  if (logStart <= from) return;
  throw new TxTrailError(
    'snapshot_corrupt',
    `The log begins at ${logStart} and no snapshot from there on was found (the newest stands at ${from}). ` +
      'Nothing was changed; restore the data directory from a copy.',
    { facts: { logStart, from } },
  );
}

function makeWatcher(chain: ChainConfig, stages: Stages, platform: Platform): ChainWatcher {
  const { clock, scheduler, random, logger, metrics } = platform;
  const resume = watchResumeOf(stages.status.node.chain(chain.chain).view);
  return createChainWatcher(
    {
      chain: chain.chain,
      blockTimeMs: chain.blockTimeMs,
      pollIntervalMs: chain.pollIntervalMs,
      finality: chain.finality,
      resume,
      sinceMs: resume === null ? stages.status.node.oldestOf(chain.chain) : null,
      requestsPerSecond: rateLimits(chain),
    },
    {
      providers: platform.providersOf(chain),
      output: new LogChainOutput(stages.dispatcher, stages.shards.partitions),
      clock,
      scheduler,
      random,
      logger,
      metrics,
    },
  );
}

/** A snapshot is taken before the next record is applied, so one is written that means nothing. */
async function saveAtClose(snapshotter: Snapshotter, { dispatcher }: Stages): Promise<void> {
  const saved = snapshotter.save();
  await dispatcher.write([{ stream: 'journal/0', payload: '{"kind":"tick"}' }]);
  await saved;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
