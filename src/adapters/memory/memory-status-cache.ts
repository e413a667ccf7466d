import type { Clock } from '../../ports/clock.ts';
import { type CachedStatus, type StatusCache, statusCacheTtlMs } from '../../ports/status-cache.ts';
import { ExpiringMap } from './expiring-map.ts';

export class MemoryStatusCache implements StatusCache {
  readonly #statuses: ExpiringMap<CachedStatus>;

  constructor(deps: { readonly clock: Clock }) {
    this.#statuses = new ExpiringMap(deps.clock);
  }

  async get(tenant: string, ids: readonly string[]): Promise<readonly (string | null | undefined)[]> {
    return ids.map((id) => this.#statuses.get(JSON.stringify([tenant, id]))?.text);
  }

  async put(entries: readonly CachedStatus[]): Promise<boolean> {
    for (const entry of entries) {
      const key = JSON.stringify([entry.tenant, entry.id]);
      const kept = this.#statuses.get(key);
      if (kept === null || kept.version < entry.version) this.#statuses.set(key, entry, statusCacheTtlMs);
    }
    return true;
  }
}
