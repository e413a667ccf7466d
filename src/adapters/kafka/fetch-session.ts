import type { FetchAnswer, FetchPart, FetchRequest } from './broker-link.ts';
import { keyOf, type PartitionPlace } from './partition-place.ts';

interface KnownPart extends PartitionPlace {
  readonly offset: number;
}

const maxEpoch = 2 ** 31 - 1;

/**
 * What a broker knows of our fetches (KIP-227): after the first request only what changed is sent, so
 * hundreds of partitions cost nothing while nothing happens in them.
 */
export class FetchSession {
  readonly #known = new Map<string, KnownPart>();
  #id = 0;
  #epoch = 0;

  /** The parts of a request by which the broker knows all that is wanted. */
  next(wanted: readonly FetchPart[]): Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'parts' | 'forgotten'> {
    if (this.#epoch === 0) this.#known.clear();
    const changed = wanted.filter((part) => this.#known.get(keyOf(part))?.offset !== part.offset);
    const keys = new Set(wanted.map(keyOf));
    const forgotten = [...this.#known.values()].filter((part) => !keys.has(keyOf(part)));
    for (const part of forgotten) this.#known.delete(keyOf(part));
    for (const part of changed) this.#known.set(keyOf(part), part);
    return { sessionId: this.#id, sessionEpoch: this.#epoch, parts: changed, forgotten };
  }

  /** A good answer: the broker has taken what was sent. */
  answered({ sessionId }: FetchAnswer): void {
    this.#id = sessionId;
    // A broker that keeps no session is asked for everything each time.
    if (sessionId === 0) this.#epoch = 0;
    else this.#epoch = this.#epoch === maxEpoch ? 1 : this.#epoch + 1;
  }

  /** What the broker knows is not known: all is said anew. */
  reset(): void {
    this.#id = 0;
    this.#epoch = 0;
  }
}
