export interface CachedStatus {
  readonly tenant: string;
  /** The tracked transaction's id. */
  readonly id: string;
  /** Rises with each change: what is older never takes the place of what is newer. */
  readonly version: number;
  /** null: it is not tracked any more. */
  readonly text: string | null;
}

/**
 * What was read or written lately, beside the read model: everything in it can vanish at any time,
 * and what it says is at most `statusCacheTtlMs` old where a newer one could not be put. Nothing here fails: a
 * cache that is away has nothing.
 */
export interface StatusCache {
  /** One answer an id, in the order asked; undefined: the cache does not know. */
  get(tenant: string, ids: readonly string[]): Promise<readonly (string | null | undefined)[]>;
  /** False where it may go on saying what is older, for `statusCacheTtlMs` from now at most. */
  put(entries: readonly CachedStatus[]): Promise<boolean>;
}

/** How long an entry lives, milliseconds: whoever could not put a newer one waits it out. */
export const statusCacheTtlMs = 1_000;
