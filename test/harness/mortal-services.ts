import { TxTrailError } from '../../src/lib/error.ts';
import type { Membership, Ownership, OwnershipListener, OwnershipOptions } from '../../src/ports/ownership.ts';
import type { BrokerFollower, BrokerRecord, StoredRecord, StreamBroker } from '../../src/ports/stream-broker.ts';
import type { StreamName } from '../../src/core/records/stream.ts';
import type { Services } from '../../src/runtime/distributed/ports.ts';

interface Member {
  readonly membership: Membership;
  readonly listener: OwnershipListener;
  readonly owned: Set<number>;
}

/**
 * The shared services as one process has them, which may end in two ways that its code is not told
 * of: it dies, and from then on nothing that it does reaches anybody; or its shards are given to
 * others and it goes on working, since it hears of it late.
 */
export class MortalServices {
  readonly services: Services;
  /** Called before each append: a test ends the process in the middle of its work. */
  onAppend: (stream: StreamName, records: readonly BrokerRecord[]) => void = () => undefined;
  readonly #shared: Services;
  readonly #members: Member[] = [];
  readonly #followers: BrokerFollower[] = [];
  #isDead = false;
  #isDeaf = false;

  constructor(shared: Services) {
    this.#shared = shared;
    this.services = {
      // Of what cannot fail, nothing is lost with a process: it stays as it is.
      ...shared,
      mailbox: this.#whileAlive(shared.mailbox),
      readModel: this.#whileAlive(shared.readModel),
      answers: this.#whileAlive(shared.answers),
      broker: this.#broker(),
      ownership: this.#ownership(),
    };
  }

  /** It dies; that its shards are free is noticed at once. */
  async kill(): Promise<void> {
    this.#isDead = true;
    await Promise.all(this.#followers.map((follower) => follower.stop()));
    await this.#giveUp();
  }

  /** Its shards are given to others, and it does not hear of it. */
  async loseSilently(): Promise<void> {
    this.#isDeaf = true;
    await this.#giveUp();
  }

  /** It hears at last of what it lost. */
  async hear(): Promise<void> {
    await Promise.all(this.#members.map(({ listener, owned }) => listener.onLost([...owned])));
  }

  async #giveUp(): Promise<void> {
    await Promise.all(this.#members.map(({ membership }) => membership.leave()));
  }

  #ownership(): Ownership {
    return {
      join: async (options: OwnershipOptions, listener: OwnershipListener) => {
        const owned = new Set<number>();
        const membership = await this.#shared.ownership.join(options, {
          ...listener,
          onGained: (shards) => {
            for (const shard of shards) owned.add(shard);
            listener.onGained(shards);
          },
          onLost: async (shards) => {
            if (this.#isDead || this.#isDeaf) return;
            for (const shard of shards) owned.delete(shard);
            await listener.onLost(shards);
          },
          onFailure: (cause) => listener.onFailure(cause),
        });
        this.#members.push({ membership, listener, owned });
        return {
          noteProgress: (shard, offset) => membership.noteProgress(shard, offset),
          leave: async () => {
            if (!this.#isDead && !this.#isDeaf) await membership.leave();
          },
        };
      },
    };
  }

  #broker(): StreamBroker {
    const { broker } = this.#shared;
    return {
      append: async (stream, records) => {
        this.onAppend(stream, records);
        this.#assertAlive();
        const offsets = await broker.append(stream, records);
        // Stored, and nobody is there any more who would hear of it.
        this.#assertAlive();
        return offsets;
      },
      bounds: async (stream) => {
        this.#assertAlive();
        return broker.bounds(stream);
      },
      read: (stream, from, until) => {
        this.#assertAlive();
        return broker.read(stream, from, until);
      },
      follow: (stream, from, sink, onFailure) => {
        const guarded = (records: readonly StoredRecord[]): void | Promise<void> =>
          this.#isDead ? undefined : sink(records);
        const follower = broker.follow(stream, from, guarded, onFailure);
        this.#followers.push(follower);
        return follower;
      },
      trim: async (stream, before) => {
        this.#assertAlive();
        await broker.trim(stream, before);
      },
      close: async () => undefined,
    };
  }

  /** A store whose every call is refused once it is dead. */
  #whileAlive<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown =>
          this.#isDead ? Promise.reject(died()) : Reflect.apply(value, target, given);
      },
    });
  }

  #assertAlive(): void {
    if (this.#isDead) throw died();
  }
}

function died(): TxTrailError {
  return new TxTrailError('store_unavailable', 'The process died.', { retryable: true });
}
