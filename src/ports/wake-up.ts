import type { EventScope } from './event-reader.ts';

/**
 * Tells readers on any node that there is something to read. It says nothing but "look", may ring
 * for nothing, and may be lost: a reader looks again by itself (P15). Nothing here fails; what could
 * not be rung is counted.
 */
export interface WakeUp {
  ring(scopes: readonly EventScope[]): void;
  /** Calls back when it rings for this scope, from when that could be arranged; returns the way to stop. */
  watch(scope: EventScope, listener: () => void): () => void;
}
