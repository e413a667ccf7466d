/** A binary heap of values by a number, smallest first. */
export class MinHeap<Value> {
  readonly #entries: { readonly key: number; readonly value: Value }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The smallest key; null when empty. */
  peekKey(): number | null {
    return this.#entries[0]?.key ?? null;
  }

  push(key: number, value: Value): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push({ key, value });
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#keyAt(parent) <= key) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): Value | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined) return undefined;
    if (entries.length > 0) {
      entries[0] = last;
      this.#sink();
    }
    return top.value;
  }

  #sink(): void {
    let index = 0;
    while (true) {
      const left = 2 * index + 1;
      const smaller = this.#keyAt(left + 1) < this.#keyAt(left) ? left + 1 : left;
      if (this.#keyAt(smaller) >= this.#keyAt(index)) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }

  #keyAt(index: number): number {
    return this.#entries[index]?.key ?? Number.POSITIVE_INFINITY;
  }

  #swap(left: number, right: number): void {
    const entries = this.#entries;
    const leftEntry = entries[left];
    const rightEntry = entries[right];
    if (leftEntry === undefined || rightEntry === undefined) return;
    entries[left] = rightEntry;
    entries[right] = leftEntry;
  }
}
