/** A valid entry and where it stands in the journal. */
export interface IndexedEntry {
  readonly number: number;
  readonly offset: number;
  readonly epoch: number;
}

const everyEntries = 256;

/** Where some of the entries stand, so that whoever reads from one of them need not begin at the oldest. */
export class EntryIndex {
  #entries: IndexedEntry[] = [];

  /** The oldest entry kept; null where there is none. */
  get oldest(): IndexedEntry | null {
    return this.#entries[0] ?? null;
  }

  /** To be told of every entry, in order. */
  add(entry: IndexedEntry): void {
    const last = this.#entries.at(-1);
    if (last === undefined || entry.number - last.number >= everyEntries) this.#entries.push(entry);
  }

  /** The nearest known one at or before it; null where the journal does not reach back to it. */
  before(number: number): IndexedEntry | null {
    let low = 0;
    for (let high = this.#entries.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.number ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return this.#entries[low - 1] ?? null;
  }

  /** What is before `oldest` was given up. */
  trim(oldest: IndexedEntry): void {
    this.#entries = [oldest, ...this.#entries.filter(({ number }) => number > oldest.number)];
  }
}
