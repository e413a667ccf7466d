import type { Tracked } from '../transaction/tracked.ts';

/** Transactions by a key, handed out in the order of registration: the same on every node and replay. */
export class BucketIndex<Key> {
  readonly #buckets = new Map<Key, Set<Tracked>>();

  add(key: Key, tracked: Tracked): void {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, new Set([tracked]));
    else bucket.add(tracked);
  }

  remove(key: Key, tracked: Tracked): void {
    const bucket = this.#buckets.get(key);
    if (bucket?.delete(tracked) && bucket.size === 0) this.#buckets.delete(key);
  }

  get(key: Key): readonly Tracked[] {
    return inOrder(this.#buckets.get(key) ?? []);
  }

  drop(key: Key): void {
    this.#buckets.delete(key);
  }

  keys(): IterableIterator<Key> {
    return this.#buckets.keys();
  }
}

export function inOrder(tracked: Iterable<Tracked>): readonly Tracked[] {
  return [...tracked].sort((left, right) => left.registered.position - right.registered.position);
}
