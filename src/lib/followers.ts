export interface FollowersDeps<Item> {
  /** The end now: where the next item will stand. */
  readonly end: () => number;
  readonly batches: (from: number, to: number) => AsyncIterable<readonly Item[]>;
  /** Told when a sink threw or what was there could not be read: both end what is followed. */
  readonly fail: (cause: unknown) => void;
}

interface FollowerState<Item> {
  next: number;
  /** True once it has all that is there, and takes new groups from memory as they come. */
  isLive: boolean;
  isStopped: boolean;
  readonly sink: (items: readonly Item[]) => void;
}

/** Those who follow a row of items: each reads what is stored until it has caught up, then takes the groups from memory. */
export class Followers<Item> {
  readonly #deps: FollowersDeps<Item>;
  readonly #followers = new Set<FollowerState<Item>>();

  constructor(deps: FollowersDeps<Item>) {
    this.#deps = deps;
  }

  add(from: number, sink: (items: readonly Item[]) => void): { stop(): void } {
    const follower = { next: from, isLive: false, isStopped: false, sink };
    this.#followers.add(follower);
    if (from === this.#deps.end()) follower.isLive = true;
    else void this.#catchUp(follower);
    return { stop: () => this.#stop(follower) };
  }

  /** Call it once a group stands, before any later one. */
  onGroup(items: readonly Item[], end: number): void {
    for (const follower of [...this.#followers]) {
      if (!follower.isLive) continue;
      this.#deliver(follower, items);
      follower.next = end;
    }
  }

  stopAll(): void {
    for (const follower of this.#followers) this.#stop(follower);
  }

  async #catchUp(follower: FollowerState<Item>): Promise<void> {
    try {
      while (!follower.isStopped) {
        const to = this.#deps.end();
        for await (const items of this.#deps.batches(follower.next, to)) {
          if (follower.isStopped) return;
          this.#deliver(follower, items);
        }
        follower.next = to;
        // No await stands between this look and the flag, so no group can slip between them.
        if (to !== this.#deps.end()) continue;
        follower.isLive = true;
        return;
      }
    } catch (cause) {
      if (!follower.isStopped) this.#deps.fail(cause);
    }
  }

  #deliver(follower: FollowerState<Item>, items: readonly Item[]): void {
    if (follower.isStopped) return;
    try {
      follower.sink(items);
    } catch (cause) {
      this.#deps.fail(cause);
    }
  }

  #stop(follower: FollowerState<Item>): void {
    follower.isStopped = true;
    this.#followers.delete(follower);
  }
}
