/** An answer's `Date` header is whole seconds; below this a difference says nothing. */
const toleranceMs = 2000;

/**
 * The server's time as far as a page can know it. Ages are counted by it, so that a machine whose
 * clock is minutes off does not show blocks of the future.
 */
export class ServerClock {
  readonly #now: () => number;
  #offsetMs = 0;

  /** @param now the machine's wall clock, Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  now(): number {
    return this.#now() + this.#offsetMs;
  }

  /** Takes note of the `Date` header of an answer that has just come. */
  note(dateHeader: string | null): void {
    const server = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
    if (Number.isNaN(server)) return;
    const difference = server + 500 - this.#now();
    this.#offsetMs = Math.abs(difference) < toleranceMs ? 0 : difference;
  }
}
