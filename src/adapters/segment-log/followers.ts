import type { Follower, LogRecord, Position } from '../../ports/record-log.ts';

export interface FollowersDeps {
  /** The durable end now. */
  readonly end: () => Position;
  readonly batches: (from: Position, to: Position) => AsyncIterable<readonly LogRecord[]>;
  /** Told when a sink threw or the log could not be read: both end the log. */
  readonly fail: (cause: unknown) => void;
}

interface FollowerState {
  next: Position;
  /** True once it has all that is durable, and takes new groups from memory as they come. */
  isLive: boolean;
  isStopped: boolean;
  readonly sink: (records: readonly LogRecord[]) => void;
}

/** Those who follow the log: each reads from the disk until it has caught up, then takes the groups from memory. */
export class Followers {
  readonly #deps: FollowersDeps;
  readonly #followers = new Set<FollowerState>();

  constructor(deps: FollowersDeps) {
    this.#deps = deps;
  }

  add(from: Position, sink: (records: readonly LogRecord[]) => void): Follower {
    const follower = { next: from, isLive: false, isStopped: false, sink };
    this.#followers.add(follower);
    if (from === this.#deps.end()) follower.isLive = true;
    else void this.#catchUp(follower);
    return { stop: () => this.#stop(follower) };
  }

  /** Call it once a group is durable, before any later one. */
  onGroup(records: readonly LogRecord[], end: Position): void {
    for (const follower of [...this.#followers]) {
      if (!follower.isLive) continue;
      this.#deliver(follower, records);
      follower.next = end;
    }
  }

  stopAll(): void {
    for (const follower of this.#followers) this.#stop(follower);
  }

  async #catchUp(follower: FollowerState): Promise<void> {
    try {
      while (!follower.isStopped) {
        const to = this.#deps.end();
        for await (const records of this.#deps.batches(follower.next, to)) {
          if (follower.isStopped) return;
          this.#deliver(follower, records);
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

  #deliver(follower: FollowerState, records: readonly LogRecord[]): void {
    if (follower.isStopped) return;
    try {
      follower.sink(records);
    } catch (cause) {
      this.#deps.fail(cause);
    }
  }

  #stop(follower: FollowerState): void {
    follower.isStopped = true;
    this.#followers.delete(follower);
  }
}
