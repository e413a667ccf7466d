import { Latch } from '../lib/latch.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { EventFilter, EventPage, EventReader, EventScope, Place } from '../ports/event-reader.ts';

export interface LongPollOptions {
  readonly scope: EventScope;
  readonly after: Place;
  readonly limit: number;
  readonly filter: EventFilter;
  readonly waitMs: number;
  /** Pages read past events that the filter leaves out before the caller gets an empty page with `hasMore`. */
  readonly pages: number;
}

export interface LongPollDeps {
  readonly events: EventReader;
  readonly scheduler: Scheduler;
  /** Aborted when the caller is gone or the server drains: nothing is waited for any more. */
  readonly ended: AbortSignal;
}

/** The next events after a place; where there is none, waits for one up to `waitMs`. */
export async function longPoll(options: LongPollOptions, deps: LongPollDeps): Promise<EventPage> {
  const latch = new Latch();
  let over = options.waitMs === 0 || deps.ended.aborted;
  const end = (): void => {
    over = true;
    latch.set();
  };
  const stop = deps.events.watch(options.scope, () => latch.set());
  deps.ended.addEventListener('abort', end, { once: true });
  const timer = over ? null : deps.scheduler.after(options.waitMs, end);
  try {
    let after = options.after;
    for (let pages = 1; ; pages += 1) {
      latch.reset();
      const page = await deps.events.read(options.scope, after, options.limit, options.filter);
      if (page.kind === 'too_old' || page.events.length > 0) return page;
      after = page.through;
      if (page.hasMore) {
        if (pages >= options.pages) return page;
        continue;
      }
      if (over) return page;
      await latch.wait();
      pages = 0;
    }
  } finally {
    timer?.cancel();
    deps.ended.removeEventListener('abort', end);
    stop();
  }
}
