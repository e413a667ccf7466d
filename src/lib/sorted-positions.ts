/** Log positions in rising order, from which the oldest may be given up. */
export class SortedPositions {
  #positions: number[];

  constructor(positions: Iterable<number> = []) {
    this.#positions = [...positions];
  }

  get count(): number {
    return this.#positions.length;
  }

  get first(): number | null {
    return this.#positions[0] ?? null;
  }

  get last(): number | null {
    return this.#positions.at(-1) ?? null;
  }

  push(position: number): void {
    this.#positions.push(position);
  }

  at(index: number): number | null {
    return this.#positions[index] ?? null;
  }

  slice(from: number, limit: number): readonly number[] {
    return this.#positions.slice(from, from + limit);
  }

  /** Index of the first position above this one; `count` where there is none. */
  indexAbove(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#positions[middle] ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  dropFirst(count: number): void {
    if (count > 0) this.#positions.splice(0, count);
  }

  toArray(): readonly number[] {
    return this.#positions;
  }
}
