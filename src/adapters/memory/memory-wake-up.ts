import { KeyedListeners } from '../../lib/keyed-listeners.ts';
import type { EventScope } from '../../ports/event-reader.ts';
import type { WakeUp } from '../../ports/wake-up.ts';

/** Listeners are called after the turn in which it rang, once for many rings of it. */
export class MemoryWakeUp implements WakeUp {
  readonly #listeners = new KeyedListeners();
  readonly #rung = new Set<string>();

  ring(scopes: readonly EventScope[]): void {
    if (scopes.length > 0 && this.#rung.size === 0) queueMicrotask(() => this.#sound());
    for (const scope of scopes) {
      this.#rung.add(keyOf(scope));
      this.#rung.add(keyOf({ tenant: scope.tenant, subscriber: null }));
    }
  }

  watch(scope: EventScope, listener: () => void): () => void {
    return this.#listeners.listen(keyOf(scope), listener);
  }

  #sound(): void {
    const keys = [...this.#rung];
    this.#rung.clear();
    for (const key of keys) this.#listeners.call(key);
  }
}

function keyOf({ tenant, subscriber }: EventScope): string {
  return JSON.stringify([tenant, subscriber]);
}
