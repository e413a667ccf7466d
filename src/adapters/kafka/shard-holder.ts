import type { OwnershipListener } from '../../ports/ownership.ts';

export interface ShardHolderDeps {
  readonly listener: OwnershipListener;
  /** Resolves after the time that the others wait for a release, or when the signal says that nobody waits. */
  readonly patience: (signal: AbortSignal) => Promise<void>;
}

/**
 * The shards that a member has, and what its listener is told of them: never two calls for one shard at
 * once. A shard that comes back while its release still runs is told of when that is through.
 */
export class ShardHolder {
  readonly #deps: ShardHolderDeps;
  readonly #owned = new Set<number>();
  readonly #releasing = new Map<number, Promise<void>>();
  /** Those that came back, and are told of when their release is through. */
  readonly #comingBack = new Set<number>();

  constructor(deps: ShardHolderDeps) {
    this.#deps = deps;
  }

  get owned(): readonly number[] {
    return [...this.#owned];
  }

  has(shard: number): boolean {
    return this.#owned.has(shard);
  }

  gain(shards: readonly number[]): void {
    const now: number[] = [];
    for (const shard of shards) {
      this.#owned.add(shard);
      if (this.#comingBack.has(shard)) continue;
      const release = this.#releasing.get(shard);
      if (release === undefined) now.push(shard);
      else void this.#comeBack(shard, release);
    }
    if (now.length > 0) this.#deps.listener.onGained(now);
  }

  async #comeBack(shard: number, released: Promise<void>): Promise<void> {
    this.#comingBack.add(shard);
    await released;
    this.#comingBack.delete(shard);
    if (this.#owned.has(shard)) this.#deps.listener.onGained([shard]);
  }

  /** Resolves when they are released, or nobody waits for it any longer. Never rejects. */
  async lose(shards: readonly number[]): Promise<void> {
    const held = shards.filter((shard) => this.#owned.delete(shard) && !this.#releasing.has(shard));
    if (held.length === 0) return;
    const released = this.#release(held);
    for (const shard of held) this.#releasing.set(shard, released);
    const through = new AbortController();
    await Promise.race([released, this.#deps.patience(through.signal)]);
    through.abort();
  }

  async #release(shards: readonly number[]): Promise<void> {
    try {
      await this.#deps.listener.onLost(shards);
    } catch (cause) {
      this.#deps.listener.onFailure(cause instanceof Error ? cause : new Error(String(cause)));
    }
    for (const shard of shards) this.#releasing.delete(shard);
  }
}
