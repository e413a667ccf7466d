import { expiredCounter } from '../../notify/lane-metrics.ts';
import { defaultRetention } from '../../notify/retention.ts';
import { retainStores } from '../../recover/store-retention.ts';
import type { Machine, RunningRole, Services } from './ports.ts';
import { ShardKeeper, type ShardWork } from './shard-keeper.ts';

const dayMs = 24 * 3_600_000;

export interface RecoverRoleDeps extends Machine, Pick<Services, 'ownership' | 'mailbox' | 'answers'> {}

/** Lets go of what retention allows: one process at a time does it for all. */
export async function startRecoverRole(
  options: { readonly historyDays: number },
  deps: RecoverRoleDeps,
): Promise<RunningRole> {
  const expired = expiredCounter(deps.metrics);
  const open = async (): Promise<ShardWork> => {
    const end = new AbortController();
    const ended = Promise.withResolvers<Error>();
    const done = retainStores(
      { ...defaultRetention, historyAgeMs: options.historyDays * dayMs },
      { ...deps, expired, dropOldAnswers: () => deps.answers.dropOld() },
      end.signal,
    ).catch(ended.resolve);
    const close = async (): Promise<void> => {
      end.abort();
      await done;
    };
    return { ended: ended.promise, close };
  };
  const keeper = new ShardKeeper({ group: 'recover', shards: 1 }, { ...deps, open });
  await keeper.start();
  return { faults: () => keeper.faults, failed: keeper.failed, close: () => keeper.close() };
}
