import type { Clock } from '../../ports/clock.ts';
import type { LiveSession, SessionList } from '../../ports/session-list.ts';
import { ExpiringMap } from './expiring-map.ts';

export class MemorySessionList implements SessionList {
  readonly #sessions: ExpiringMap<LiveSession>;
  /** The keys of each subscriber's sessions, by the key of the subscriber. */
  readonly #ids = new Map<string, Set<string>>();

  constructor(deps: { readonly clock: Clock }) {
    this.#sessions = new ExpiringMap(deps.clock);
  }

  async put(tenant: string, subscriber: string, session: LiveSession, ttlMs: number): Promise<void> {
    this.#sessions.set(JSON.stringify([tenant, subscriber, session.id]), session, ttlMs);
    const owner = JSON.stringify([tenant, subscriber]);
    this.#ids.set(owner, (this.#ids.get(owner) ?? new Set()).add(session.id));
  }

  async remove(tenant: string, subscriber: string, id: string): Promise<void> {
    this.#sessions.delete(JSON.stringify([tenant, subscriber, id]));
    this.#forget(tenant, subscriber, id);
  }

  async list(tenant: string, subscriber: string): Promise<readonly LiveSession[] | null> {
    const ids = [...(this.#ids.get(JSON.stringify([tenant, subscriber])) ?? [])].sort();
    return ids.flatMap((id) => {
      const session = this.#sessions.get(JSON.stringify([tenant, subscriber, id]));
      if (session === null) this.#forget(tenant, subscriber, id);
      return session ?? [];
    });
  }

  #forget(tenant: string, subscriber: string, id: string): void {
    const owner = JSON.stringify([tenant, subscriber]);
    const ids = this.#ids.get(owner);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(owner);
  }
}
