import type { BrokerFollower, StoredRecord } from '../../ports/stream-broker.ts';
import type { FetchedRecords } from './fetched-records.ts';
import type { PartitionPlace } from './partition-place.ts';
import type { PartitionReader } from './partition-reader.ts';
import { TxTrailError } from '../../lib/error.ts';

export interface FeedDeps {
  readonly reader: PartitionReader;
  /** There may be something to fetch that there was not before. */
  readonly onChange: () => void;
}

/**
 * One partition that somebody follows. Those who stand at its end share what is fetched; one that is
 * slower than others leaves them, reads by itself and comes back. So many followers cost one fetch, and
 * none holds up another.
 */
export class PartitionFeed {
  readonly place: PartitionPlace;
  readonly #deps: FeedDeps;
  readonly #attached = new Set<FeedFollower>();
  #next = 0;

  constructor(place: PartitionPlace, deps: FeedDeps) {
    this.place = place;
    this.#deps = deps;
  }

  /** Where the next fetch begins. */
  get next(): number {
    return this.#next;
  }

  /** False while nobody has room for more. */
  get isWanted(): boolean {
    for (const follower of this.#attached) if (follower.hasRoom) return true;
    return false;
  }

  /** `onEnd` is told once why nothing more comes; null: it was stopped. */
  follow(
    from: number,
    sink: (records: readonly StoredRecord[]) => void | Promise<void>,
    onEnd: (cause: Error | null) => void,
  ): FeedFollower {
    const follower = new FeedFollower(from, sink, {
      onRoom: () => this.#deps.onChange(),
      onEnd: (cause) => {
        this.#attached.delete(follower);
        this.#deps.onChange();
        onEnd(cause);
      },
      onBehind: () => void this.#catchUp(follower),
    });
    // Never within the call: whoever follows has not got the follower yet.
    queueMicrotask(() => this.#join(follower));
    return follower;
  }

  /** What a fetch from `asked` on gave. */
  take(asked: number, { records, next }: FetchedRecords): void {
    // Somebody else may have begun here meanwhile, at another place.
    if (asked !== this.#next || next === asked) return;
    this.#next = next;
    for (const follower of this.#attached) {
      if (follower.offer(records, next)) continue;
      this.#attached.delete(follower);
      follower.fallBehind();
    }
  }

  /** What everybody at the place of the last fetch is told. */
  fail(asked: number, cause: Error): void {
    if (asked !== this.#next) return;
    for (const follower of [...this.#attached]) follower.fail(cause);
  }

  #join(follower: FeedFollower): void {
    if (follower.isStopped) return;
    if (this.#attached.size === 0) this.#next = follower.next;
    if (follower.next < this.#next) {
      void this.#catchUp(follower);
      return;
    }
    this.#attached.add(follower);
    this.#deps.onChange();
    // The fetch begins before it, so it would not tell that there is no such place.
    if (follower.next > this.#next) void this.#checkPlace(follower, follower.next);
  }

  /** Never rejects. */
  async #checkPlace(follower: FeedFollower, offset: number): Promise<void> {
    while (!follower.isStopped) {
      try {
        const missing = await this.#deps.reader.whyMissing(this.place, offset);
        if (missing !== null) follower.fail(missing);
        return;
      } catch (error) {
        // That the service is away is waited out.
        if (error instanceof TxTrailError && error.retryable) continue;
        follower.fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Reads by itself until it stands where the others do. Never rejects. */
  async #catchUp(follower: FeedFollower): Promise<void> {
    while (!follower.isStopped && this.#attached.size > 0 && follower.next < this.#next) {
      try {
        const { records, next } = await this.#deps.reader.pieceFrom(this.place, follower.next);
        await follower.give(records, next);
      } catch (error) {
        // That the service is away is waited out.
        if (error instanceof TxTrailError && error.retryable) continue;
        follower.fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#join(follower);
  }
}

interface FollowerEvents {
  readonly onRoom: () => void;
  readonly onBehind: () => void;
  /** Null: it was stopped. */
  readonly onEnd: (cause: Error | null) => void;
}

export class FeedFollower implements BrokerFollower {
  readonly #sink: (records: readonly StoredRecord[]) => void | Promise<void>;
  readonly #events: FollowerEvents;
  readonly #waiting: (readonly StoredRecord[])[] = [];
  #next: number;
  #running: Promise<void> | null = null;
  #isBehind = false;
  #isStopped = false;

  constructor(from: number, sink: (records: readonly StoredRecord[]) => void | Promise<void>, events: FollowerEvents) {
    this.#next = from;
    this.#sink = sink;
    this.#events = events;
  }

  /** Everything below was handed over, or waits for it. */
  get next(): number {
    return this.#next;
  }

  /** One batch may wait while the sink has another. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** False where it has no room. */
  offer(records: readonly StoredRecord[], next: number): boolean {
    if (!this.hasRoom) return false;
    const first = records[0];
    const news =
      first !== undefined && first.offset >= this.#next
        ? records
        : records.filter(({ offset }) => offset >= this.#next);
    this.#next = Math.max(this.#next, next);
    if (news.length === 0) return true;
    this.#waiting.push(news);
    this.#running ??= this.#run();
    return true;
  }

  /** It reads on by itself when it has handed over what it has. */
  fallBehind(): void {
    this.#isBehind = true;
    if (this.#running === null) this.#leave();
  }

  /** Hands over what it read by itself. */
  async give(records: readonly StoredRecord[], next: number): Promise<void> {
    this.offer(records, next);
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#end(null);
    await this.#running;
  }

  fail(cause: Error): void {
    this.#end(cause);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      for (let records = this.#waiting.shift(); records !== undefined; records = this.#waiting.shift()) {
        if (this.#isStopped) break;
        this.#events.onRoom();
        await this.#sink(records);
      }
    } catch (cause) {
      this.fail(cause instanceof Error ? cause : new Error(String(cause)));
    }
    this.#running = null;
    if (this.#isBehind) this.#leave();
    else if (!this.#isStopped) this.#events.onRoom();
  }

  #leave(): void {
    this.#isBehind = false;
    if (!this.#isStopped) this.#events.onBehind();
  }

  #end(cause: Error | null): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#waiting.length = 0;
    this.#events.onEnd(cause);
  }
}
