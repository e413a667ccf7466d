import { renderEvent } from '../core/delivery/render-event.ts';
import type { EventRecord } from '../core/records/event-record.ts';
import type { ReadEvent } from '../ports/event-reader.ts';

/** An event with its number, rendered when it is first read, once. */
export interface NumberedEvent {
  readonly record: EventRecord;
  readonly seq: number;
  readonly json: () => string;
}

/**
 * The newest events, kept in memory for the readers that keep up: they never touch the disk. Older
 * ones come from the log. Bounded by count; the oldest put goes first.
 */
export class EventTail {
  readonly #limit: number;
  readonly #events = new Map<number, NumberedEvent>();
  /**
   * The positions held, the place of the next one being that of the oldest: a map that is asked for
   * its first key again and again walks over all that were deleted before it.
   */
  readonly #positions: number[] = [];
  #next = 0;

  constructor(options: { readonly maxEvents: number }) {
    this.#limit = options.maxEvents;
  }

  put(position: number, record: EventRecord, seq: number): NumberedEvent {
    const event = numberedEvent(record, seq);
    const oldest = this.#positions[this.#next];
    if (oldest !== undefined) this.#events.delete(oldest);
    this.#events.set(position, event);
    this.#positions[this.#next] = position;
    this.#next = (this.#next + 1) % this.#limit;
    return event;
  }

  get(position: number): NumberedEvent | null {
    return this.#events.get(position) ?? null;
  }
}

export function numberedEvent(record: EventRecord, seq: number): NumberedEvent {
  let json: string | null = null;
  return { record, seq, json: () => (json ??= renderEvent(record, seq)) };
}

export function readEventOf({ record, json }: NumberedEvent, place: number): ReadEvent {
  const { type, timeMs, evidence } = record;
  return { place, type, timeMs, json: json(), evidence };
}
