import type { Bell } from '../lib/bell.ts';
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
  /** Rings when the caller is gone or the server drains: the wait ends. */
  readonly ended: Bell;
}

/** The next events after a place; where there is none, waits for one up to `waitMs`. */
export async function longPoll(options: LongPollOptions, deps: LongPollDeps): Promise<EventPage> {
  const latch = new Latch();
  let over = options.waitMs === 0;
  const end = (): void => {
    over = true;
    latch.set();
  };
  const stops = [deps.events.watch(options.scope, () => latch.set()), deps.ended.listen(end)];
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
    for (const stop of stops) stop();
  }
}
