import type { Clock } from '../ports/clock.ts';
import type { EventScope, Place, ReadEvent } from '../ports/event-reader.ts';
import type { Histogram } from '../ports/metrics.ts';
import { scopeKey } from './scope-key.ts';

interface Sent {
  readonly through: Place;
  /** When the newest of them was decided, Unix milliseconds. */
  readonly timeMs: number;
}

/**
 * How long after its verdict an event was handed to a channel of this process for the first time,
 * and acknowledged. What was decided before the process began says nothing about its pace.
 */
export class SentTimes {
  readonly #clock: Clock;
  readonly #stage: Histogram;
  readonly #sinceMs: number;
  readonly #sent = new Map<string, Sent>();

  constructor(deps: { readonly clock: Clock; readonly stage: Histogram }) {
    this.#clock = deps.clock;
    this.#stage = deps.stage;
    this.#sinceMs = deps.clock.now();
  }

  /** These events, in their order, were handed out. */
  sent(scope: EventScope, events: readonly ReadEvent[]): void {
    const key = scopeKey(scope);
    const through = this.#sent.get(key)?.through ?? 0;
    for (const { place, timeMs } of events) if (place > through) this.#observe('decided_to_sent', timeMs);
    const last = events.at(-1);
    if (last !== undefined && last.place > through) this.#sent.set(key, { through: last.place, timeMs: last.timeMs });
  }

  /** A consumer acknowledged anew up to here: timed where that is the newest event handed out. */
  acknowledged(scope: EventScope, upTo: Place): void {
    const sent = this.#sent.get(scopeKey(scope));
    if (sent?.through === upTo) this.#observe('decided_to_acknowledged', sent.timeMs);
  }

  #observe(stage: string, timeMs: number): void {
    if (timeMs < this.#sinceMs) return;
    this.#stage.observe(Math.max(0, this.#clock.now() - timeMs) / 1_000, { stage });
  }
}
