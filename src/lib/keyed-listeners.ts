/** Listeners under keys. Listeners must not throw; each leaves with what `listen` gave it. */
export class KeyedListeners {
  readonly #listeners = new Map<string, Set<() => void>>();

  listen(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    // A wrapper of its own, so that the same function may listen twice and leave once.
    const entry = (): void => listener();
    this.#listeners.set(key, listeners.add(entry));
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  /** How many keys are listened to. */
  get size(): number {
    return this.#listeners.size;
  }

  keys(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  call(key: string): void {
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }

  clear(): void {
    this.#listeners.clear();
  }
}
