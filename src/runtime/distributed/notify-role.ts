import { LaneDelivery } from '../../notify/lane-delivery.ts';
import { stageHistogram } from '../../status/status-runner.ts';
import type { Machine, RunningRole, Services } from './ports.ts';
import { ShardKeeper, type ShardWork } from './shard-keeper.ts';

export interface NotifyRoleDeps extends Machine, Pick<Services, 'broker' | 'ownership' | 'mailbox' | 'wakeUp'> {}

/** Numbers the events of the lanes that this process owns, into the mailbox. */
export async function startNotifyRole(
  options: { readonly partitions: number },
  deps: NotifyRoleDeps,
): Promise<RunningRole> {
  const figures = figuresOf(deps);
  const open = async (lane: number): Promise<ShardWork> => {
    const delivery = new LaneDelivery({ lane }, { ...deps, ...figures });
    await delivery.start();
    return delivery;
  };
  const keeper = new ShardKeeper({ group: 'notify', shards: options.partitions }, { ...deps, open });
  await keeper.start();
  return { faults: () => keeper.faults, failed: keeper.failed, close: () => keeper.close() };
}

function figuresOf({
  metrics,
}: Machine): Pick<ConstructorParameters<typeof LaneDelivery>[1], 'numbered' | 'repeated' | 'stage'> {
  return {
    numbered: metrics.counter({ name: 'txtrail_events_numbered_total', help: 'Events owed to subscribers' }),
    repeated: metrics.counter({
      name: 'txtrail_events_repeated_total',
      help: 'Events said again by a source and dropped, since they had their number',
    }),
    stage: stageHistogram(metrics),
  };
}
