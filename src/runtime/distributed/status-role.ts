import type { ShardCounts } from '../../core/records/stream.ts';
import { trackedGauge } from '../../status/status-runner.ts';
import { defaultTrackerLimits } from '../tracker-limits.ts';
import type { RunningRole, Services } from './ports.ts';
import { ShardKeeper, type ShardWork } from './shard-keeper.ts';
import { SharedGauge } from './shared-gauge.ts';
import { openStatusUnit, type StatusUnitDeps } from './status-unit.ts';

export interface StatusRoleOptions {
  readonly shards: ShardCounts;
  /** CAIP-2. */
  readonly chains: readonly string[];
}

export interface StatusRoleDeps extends Omit<StatusUnitDeps, 'tracked'>, Pick<Services, 'ownership'> {}

/** Decides what becomes of the transactions of the partitions that this process owns. */
export async function startStatusRole(options: StatusRoleOptions, deps: StatusRoleDeps): Promise<RunningRole> {
  const tracked = new SharedGauge(trackedGauge(deps.metrics));
  const open = async (unit: number): Promise<ShardWork> => {
    const unitDeps = { ...deps, tracked: tracked.shareOf(unit) };
    const work = await openStatusUnit({ ...options, unit, limits: defaultTrackerLimits }, unitDeps).catch(
      (error: unknown) => {
        tracked.drop(unit);
        throw error;
      },
    );
    const close = async (): Promise<void> => {
      await work.close();
      tracked.drop(unit);
    };
    return { ...work, close };
  };
  const keeper = new ShardKeeper({ group: 'status', shards: options.shards.partitions }, { ...deps, open });
  await keeper.start();
  return { faults: () => keeper.faults, failed: keeper.failed, close: () => keeper.close() };
}
