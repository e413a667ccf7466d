import { SortedPositions } from '../../lib/sorted-positions.ts';

export interface EventStreamState {
  readonly tenant: string;
  readonly subscriber: string;
  readonly trimmed: number;
  readonly positions: readonly number[];
}

/** One subscriber's numbered events: seq n stands at a log position; the oldest may have been given up. */
export class EventStream {
  readonly tenant: string;
  readonly subscriber: string;
  readonly #positions: SortedPositions;
  /** How many events were given up: the oldest kept has seq `#trimmed + 1`. */
  #trimmed: number;

  constructor(state: EventStreamState) {
    this.tenant = state.tenant;
    this.subscriber = state.subscriber;
    this.#positions = new SortedPositions(state.positions);
    this.#trimmed = state.trimmed;
  }

  /** Gives the event at this position its number. */
  append(position: number): number {
    this.#positions.push(position);
    return this.lastSeq;
  }

  get lastSeq(): number {
    return this.#trimmed + this.#positions.count;
  }

  /** The seq just before the oldest event kept. */
  get oldestPlace(): number {
    return this.#trimmed;
  }

  /** Log position of the oldest event kept; null: none is. */
  get oldestPosition(): number | null {
    return this.#positions.first;
  }

  /** Positions of the events after a seq, oldest first. */
  after(seq: number, limit: number): readonly number[] {
    return this.#positions.slice(Math.max(0, seq - this.#trimmed), limit);
  }

  /** The seq of the event at a position; null: not one of these. */
  seqAt(position: number): number | null {
    const index = this.#positions.indexAbove(position) - 1;
    return this.#positions.at(index) === position ? this.#trimmed + index + 1 : null;
  }

  /** The seq of the newest event below a position; `oldestPlace` where there is none. */
  seqBelow(position: number): number {
    return this.#trimmed + this.#positions.indexAbove(position - 1);
  }

  /** Gives up the events up to this seq; gives the position of the newest that went, null: none did. Numbers go on where they were. */
  trimThrough(seq: number): number | null {
    const count = Math.min(this.#positions.count, Math.max(0, seq - this.#trimmed));
    const newestGone = this.#positions.at(count - 1);
    this.#positions.dropFirst(count);
    this.#trimmed += count;
    return newestGone;
  }

  state(): EventStreamState {
    const { tenant, subscriber } = this;
    return { tenant, subscriber, trimmed: this.#trimmed, positions: this.#positions.toArray() };
  }

  positions(): readonly number[] {
    return this.#positions.toArray();
  }
}
