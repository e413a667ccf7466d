import { BrokerSnapshots } from '../../adapters/journaled-log/broker-snapshots.ts';
import type { JournaledLog } from '../../adapters/journaled-log/journaled-log.ts';
import { openJournaledLog } from '../../adapters/journaled-log/open-journaled-log.ts';
import type { ShardCounts } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Gauge } from '../../ports/metrics.ts';
import type { SnapshotStore } from '../../ports/snapshot-store.ts';
import { Snapshotter } from '../../recover/snapshotter.ts';
import { BrokerAsks } from '../../status/broker-asks.ts';
import { ClaimedBlocks } from '../../status/claimed-blocks.ts';
import { PublishedStatus } from '../../status/published-status.ts';
import { SenderRunner } from '../../status/sender-runner.ts';
import { StatusRunner } from '../../status/status-runner.ts';
import { Alarm } from '../alarm.ts';
import { Dispatcher } from '../dispatcher.ts';
import { SteadyClock } from '../steady-clock.ts';
import type { TrackerLimits } from '../tracker-limits.ts';
import type { Machine, Services } from './ports.ts';
import type { ShardWork } from './shard-keeper.ts';

export interface StatusUnitOptions {
  /** The status partition, and the sender lane of the same number. */
  readonly unit: number;
  readonly shards: ShardCounts;
  /** CAIP-2, in the order in which one entry of the journal takes their blocks. */
  readonly chains: readonly string[];
  readonly limits: Pick<TrackerLimits, 'snapshotEveryBytes' | 'snapshotEveryMs'>;
}

export interface StatusUnitDeps extends Machine, Pick<Services, 'broker' | 'readModel' | 'statusCache'> {
  /** Of this unit's share. */
  readonly tracked: Gauge;
}

interface Parts {
  readonly log: JournaledLog;
  readonly store: SnapshotStore;
  readonly dispatcher: Dispatcher;
  readonly runner: StatusRunner;
  readonly published: PublishedStatus;
}

/** How often an opening begins anew because the owner before gave up what was about to be read. */
const openAttempts = 3;

/**
 * One status partition with the sender lane of its number, over a journal of their own: claimed,
 * brought back from the newest snapshot and what the journal has since, then live.
 */
export async function openStatusUnit(options: StatusUnitOptions, machine: StatusUnitDeps): Promise<ShardWork> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(options, machine);
    } catch (error) {
      // An owner that has not noticed yet may finish one more snapshot and trim the journal by it.
      const isTrimmed = error instanceof TxTrailError && error.code === 'record_missing';
      if (!isTrimmed || attempt === openAttempts) throw error;
    }
  }
}

async function open(options: StatusUnitOptions, machine: StatusUnitDeps): Promise<ShardWork> {
  const clock = new SteadyClock(machine.clock);
  const deps = { ...machine, clock };
  const { unit, chains } = options;
  const blocks = chains.map((chain) => `blocks/${chain}` as const);
  const inputs = [...blocks, `facts/${unit}`, `senders/${unit}`, `registrations/${unit}`] as const;
  const log = await openJournaledLog({ unit, inputs }, deps);
  try {
    const parts = wire(options, log, deps);
    const from = await restore(parts, clock);
    return run(options, parts, from, deps);
  } catch (error) {
    await log.close();
    throw error;
  }
}

function wire({ unit, shards, chains }: StatusUnitOptions, log: JournaledLog, deps: StatusUnitDeps): Parts {
  const { broker, logger, metrics, tracked } = deps;
  const store = new BrokerSnapshots({ unit, epoch: log.epoch }, deps);
  const published = new PublishedStatus({ unit, replyLanes: shards.partitions }, { ...deps, cache: deps.statusCache });
  const asks = new BrokerAsks({ partitions: shards.partitions }, { broker, logger });
  const runner = new StatusRunner({ shards, chains }, { asks, metrics, tracked, observer: published });
  const dispatcher = new Dispatcher(log, [new ClaimedBlocks(runner), new SenderRunner(shards)]);
  return { log, store, dispatcher, runner, published };
}

/** Gives the position from which the journal was replayed. */
async function restore({ log, store, dispatcher, published }: Parts, clock: SteadyClock): Promise<number> {
  const snapshot = await store.loadLatest(log.start);
  if (snapshot !== null) {
    const sections = [];
    for await (const section of snapshot.sections) sections.push(section);
    dispatcher.restore(sections);
    published.restored();
  }
  const from = snapshot?.position ?? log.start;
  await dispatcher.replay(from);
  clock.notBefore(dispatcher.appliedTimeMs);
  published.publish(dispatcher.appliedThrough);
  return from;
}

function run(options: StatusUnitOptions, parts: Parts, from: number, deps: StatusUnitDeps): ShardWork {
  const { log, store, dispatcher, runner, published } = parts;
  const { limits } = options;
  const alarm = new Alarm({ ...deps, writer: dispatcher, nextDueMs: () => runner.node.nextDueMs() });
  const snapshotter = new Snapshotter(
    { everyBytes: limits.snapshotEveryBytes, everyMs: limits.snapshotEveryMs },
    from,
    {
      ...deps,
      log,
      store: {
        loadLatest: (oldest) => store.loadLatest(oldest),
        // What a snapshot holds is derived by nobody again: so readers must have it.
        save: async (position, sections) => {
          await published.settled();
          return store.save(position, sections);
        },
      },
      capture: () => dispatcher.capture(),
      retain: () => null,
    },
  );
  dispatcher.onApplied(() => published.publish(dispatcher.appliedThrough));
  dispatcher.onApplied(() => alarm.set());
  dispatcher.onApplied(() => snapshotter.check());
  dispatcher.start();
  alarm.set();
  const close = async (): Promise<void> => {
    alarm.stop();
    await log.close();
    // After it nothing more is decided, and what was is told.
    await published.close();
  };
  const progress = (): number | null => log.appliedTo(`registrations/${options.unit}`);
  return { ended: log.failed, progress, close };
}
