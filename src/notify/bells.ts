import type { EventScope } from '../ports/event-reader.ts';
import { scopeKey } from './scope-key.ts';

/**
 * Wakes readers when there is something new for them. A bell says nothing but "look": it may ring
 * for nothing, and rings once for many events of one turn.
 */
export class Bells {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #rung = new Set<string>();

  watch(scope: EventScope, listener: () => void): () => void {
    const key = scopeKey(scope);
    const listeners = this.#listeners.get(key) ?? new Set();
    // A wrapper of its own, so that the same function may listen twice and leave once.
    const entry = (): void => listener();
    this.#listeners.set(key, listeners.add(entry));
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  /** An event of this subscriber (null: an acknowledgement of the whole tenant's) is there to be read. */
  ring(scope: EventScope): void {
    this.#mark(scopeKey(scope));
    if (scope.subscriber !== null) this.#mark(scopeKey({ tenant: scope.tenant, subscriber: null }));
  }

  #mark(key: string): void {
    if (!this.#listeners.has(key)) return;
    if (this.#rung.size === 0) queueMicrotask(() => this.#sound());
    this.#rung.add(key);
  }

  #sound(): void {
    const keys = [...this.#rung];
    this.#rung.clear();
    for (const key of keys) for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }
}
