/** Callers who wait for something under a key. Resolving a key that nobody waits for does nothing. */
export class Waiters<Value> {
  readonly #waiting = new Map<string, Set<(value: Value) => void>>();

  get count(): number {
    return this.#waiting.size;
  }

  wait(key: string): { readonly value: Promise<Value>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<Value>();
    const resolvers = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, resolvers.add(resolve));
    const cancel = (): void => {
      resolvers.delete(resolve);
      if (resolvers.size === 0 && this.#waiting.get(key) === resolvers) this.#waiting.delete(key);
    };
    return { value: promise, cancel };
  }

  resolve(key: string, value: Value): void {
    const resolvers = this.#waiting.get(key);
    if (resolvers === undefined) return;
    this.#waiting.delete(key);
    for (const resolve of resolvers) resolve(value);
  }
}
