/** Wakes everyone who listens. Listeners must not throw; each removes itself with what `listen` gave it. */
export class Bell {
  readonly #listeners = new Set<() => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  listen(listener: () => void): () => void {
    // A wrapper of its own, so that the same function may listen twice and leave once.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  ring(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
