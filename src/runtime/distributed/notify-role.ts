import { LaneDelivery } from '../../notify/lane-delivery.ts';
import { numberedCounter, repeatedCounter } from '../../notify/lane-metrics.ts';
import { stageHistogram } from '../../status/status-runner.ts';
import type { Machine, RunningRole, Services } from './ports.ts';
import { ShardKeeper, type ShardWork } from './shard-keeper.ts';

export interface NotifyRoleDeps extends Machine, Pick<Services, 'broker' | 'ownership' | 'mailbox' | 'wakeUp'> {}

/** Numbers the events of the lanes that this process owns, into the mailbox. */
export async function startNotifyRole(
  options: { readonly partitions: number },
  deps: NotifyRoleDeps,
): Promise<RunningRole> {
  const { metrics } = deps;
  const figures = {
    numbered: numberedCounter(metrics),
    repeated: repeatedCounter(metrics),
    stage: stageHistogram(metrics),
  };
  const open = async (lane: number): Promise<ShardWork> => {
    const delivery = new LaneDelivery({ lane }, { ...deps, ...figures });
    await delivery.start();
    return delivery;
  };
  const keeper = new ShardKeeper({ group: 'notify', shards: options.partitions }, { ...deps, open });
  await keeper.start();
  return { faults: () => keeper.faults, failed: keeper.failed, close: () => keeper.close() };
}
