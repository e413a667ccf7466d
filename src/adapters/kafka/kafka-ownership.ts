import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Membership, Ownership, OwnershipListener, OwnershipOptions } from '../../ports/ownership.ts';
import type { Cluster } from './cluster.ts';
import { GroupMembership } from './group-membership.ts';
import type { Patience } from './patience.ts';

export interface KafkaOwnershipOptions {
  /** Groups are called `<prefix><group>`. */
  readonly prefix: string;
}

export interface KafkaOwnershipDeps {
  readonly cluster: Cluster;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
}

/** The log whose partitions a group's shards are shown as: how far they are read is told there. */
const logOf: Readonly<Record<string, string>> = { status: 'registrations', watch: 'probes', notify: 'events' };

/** Shards shared by the members of Kafka consumer groups, which move one by one: who keeps a shard is not disturbed. */
export class KafkaOwnership implements Ownership {
  readonly #options: KafkaOwnershipOptions;
  readonly #deps: KafkaOwnershipDeps;

  constructor(options: KafkaOwnershipOptions, deps: KafkaOwnershipDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async join({ group, shards }: OwnershipOptions, listener: OwnershipListener): Promise<Membership> {
    const { prefix } = this.#options;
    const options = { group: `${prefix}${group}`, topic: `${prefix}${logOf[group] ?? group}`, shards };
    const membership = new GroupMembership(options, listener, this.#deps);
    await membership.begin();
    return membership;
  }
}
