import type { Tracked } from '../transaction/tracked.ts';
import { inOrder } from './bucket-index.ts';

/**
 * A tenant's transactions in the order of registration. One that leaves is only marked, and the
 * marked are swept out when they are the half: a million that leave one by one cost a million steps.
 */
export class RegistrationList {
  #entries: Tracked[] = [];
  #gone = new Set<Tracked>();

  /** Registered after all that are there, unless `sort` follows. */
  add(tracked: Tracked): void {
    this.#entries.push(tracked);
  }

  remove(tracked: Tracked): void {
    this.#gone.add(tracked);
    if (this.#gone.size * 2 < this.#entries.length) return;
    this.#entries = this.#entries.filter((one) => !this.#gone.has(one));
    this.#gone = new Set();
  }

  sort(): void {
    this.#entries = [...inOrder(this.#entries)];
  }

  /** Those registered after a journal position. */
  *after(position: number): Generator<Tracked> {
    const entries = this.#entries;
    for (let index = firstAfter(entries, position); index < entries.length; index += 1) {
      const tracked = entries[index];
      if (tracked !== undefined && !this.#gone.has(tracked)) yield tracked;
    }
  }
}

function firstAfter(entries: readonly Tracked[], position: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.registered.position ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
