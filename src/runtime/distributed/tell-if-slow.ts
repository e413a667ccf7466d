import type { Scheduler } from '../../ports/clock.ts';

/** So long nobody wonders. */
const slowMs = 3_000;

/** Does the work, and tells `what` it waits for where that takes more than some seconds. */
export async function tellIfSlow<Result>(
  what: string,
  work: () => Promise<Result>,
  deps: { readonly scheduler: Pick<Scheduler, 'after'>; readonly onWaiting: (what: string) => void },
): Promise<Result> {
  const timer = deps.scheduler.after(slowMs, () => deps.onWaiting(what));
  try {
    return await work();
  } finally {
    timer.cancel();
  }
}
