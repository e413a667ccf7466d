/** What was opened, to be closed in the reverse order. */
export class Opened {
  readonly #closers: (() => Promise<void>)[] = [];

  closes(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  async close(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) await closer();
  }
}
