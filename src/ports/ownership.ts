/**
 * Who owns which shard, agreed on between processes. It is a division of labour and no lock: a
 * process that was followed may not know it yet, so what an owner writes is fenced where it is
 * written (docs/internals/partitions.md).
 */
export interface Ownership {
  /**
   * Joins those who share the shards of a group. Shards are given and taken while the membership
   * lasts, never two overlapping calls for one of them.
   * @throws TxTrailError `broker_unavailable` where the service was not there within the adapter's bound
   */
  join(options: OwnershipOptions, listener: OwnershipListener): Promise<Membership>;
}

export interface OwnershipOptions {
  /** Such as `status`: those who share a kind of work. */
  readonly group: string;
  /** Shards are numbered from 0. */
  readonly shards: number;
}

export interface OwnershipListener {
  /** These are ours from now on. */
  onGained(shards: readonly number[]): void;
  /** These are to be given up; the others wait for this, for a bounded time. */
  onLost(shards: readonly number[]): Promise<void>;
  /** The membership cannot go on (not called for what passes by itself). */
  onFailure(cause: Error): void;
}

export interface Membership {
  /** Tells operators how far a shard's owner has come in what it reads; nothing rests on it. */
  noteProgress(shard: number, offset: number): void;
  /** Gives up all shards (`onLost`) and leaves, so that others need not wait for a timeout. */
  leave(): Promise<void>;
}
