import type { Timer } from '../../ports/clock.ts';
import type { Membership, OwnershipListener } from '../../ports/ownership.ts';

import { faultCodes, faultOf, PassingFault } from './fault-codes.ts';
import { GroupLink, type GroupMember } from './group-link.ts';
import { groupLimits } from './kafka-limits.ts';
import type { KafkaOwnershipDeps } from './kafka-ownership.ts';
import { assignShards } from './shard-assignment.ts';
import { ShardHolder } from './shard-holder.ts';

export interface GroupMembershipOptions {
  readonly group: string;
  readonly topic: string;
  readonly shards: number;
}

/** The group does not know us, or went on without us: what we had may be another's. */
class Expelled extends Error {}

/** The members are counted anew. */
class Rebalance extends Error {}

/**
 * One member of a group: joins, beats, gives up and takes shards, joins again. What the group's
 * coordinator says is done here and in this order, one thing at a time.
 */
export class GroupMembership implements Membership {
  readonly #options: GroupMembershipOptions;
  readonly #deps: KafkaOwnershipDeps;
  readonly #listener: OwnershipListener;
  readonly #holder: ShardHolder;
  readonly #progress = new Map<number, number>();
  readonly #leaving = new AbortController();
  #memberId = '';
  #generation = -1;
  #coordinator: number | null = null;
  #lastHeardMs: number;
  #running: Promise<void> = Promise.resolve();
  #commitTimer: Timer | null = null;
  #leave: Promise<void> | null = null;

  constructor(options: GroupMembershipOptions, listener: OwnershipListener, deps: KafkaOwnershipDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#listener = listener;
    this.#lastHeardMs = deps.clock.monotonic();
    this.#holder = new ShardHolder({ listener, patience: (signal) => this.#sleep(groupLimits.releaseMs, signal) });
  }

  /** Resolves when it is a member. @throws TxTrailError `broker_unavailable` */
  async begin(): Promise<void> {
    const needsAnother = await this.#deps.patience.run(`Joining the group ${this.#options.group}`, () =>
      this.#join().catch((error: unknown) => {
        throw error instanceof Rebalance || error instanceof Expelled ? new PassingFault(error.message) : error;
      }),
    );
    this.#running = this.#run(needsAnother);
    this.#scheduleCommit();
  }

  noteProgress(shard: number, offset: number): void {
    this.#progress.set(shard, offset);
  }

  leave(): Promise<void> {
    this.#leave ??= this.#leaveGroup();
    return this.#leave;
  }

  async #leaveGroup(): Promise<void> {
    this.#leaving.abort();
    this.#commitTimer?.cancel();
    const through = new AbortController();
    const released = this.#holder.lose(this.#holder.owned).finally(() => through.abort());
    // A join may wait at the coordinator for others: nobody waits for that now.
    await this.#closeLink();
    try {
      await this.#beatWhile(released, through.signal);
    } catch {
      // Then the others do not wait.
    }
    await Promise.all([released, this.#running]);
    try {
      await this.#commit();
      if (this.#memberId !== '') await (await this.#link()).leaveGroup(this.#options.group, this.#memberId);
    } catch {
      // Then the group finds out by itself, when the session is over.
    }
    await this.#closeLink();
  }

  /** Never rejects. */
  async #run(needsAnother: boolean): Promise<void> {
    let joinsAgain = needsAnother;
    for (let failures = 0; !this.#leaving.signal.aborted; ) {
      try {
        if (joinsAgain) joinsAgain = await this.#join();
        else await this.#beat();
        failures = 0;
      } catch (error) {
        if (this.#leaving.signal.aborted || this.#deps.cluster.isClosed) return;
        if (error instanceof PassingFault) {
          failures += 1;
          await this.#wait(failures);
        } else if (error instanceof Expelled) {
          await this.#giveUpAll(error);
        } else if (!(error instanceof Rebalance)) {
          this.#listener.onFailure(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        joinsAgain = joinsAgain || !(error instanceof PassingFault) || this.#memberId === '';
      }
    }
  }

  /** Joins, and takes and gives up what the group says. True: what was given up is to be shared out, so all join again. */
  async #join(): Promise<boolean> {
    const { group, topic, shards } = this.#options;
    const link = await this.#link();
    const { sessionTimeoutMs, rebalanceTimeoutMs } = groupLimits;
    const claim = { owned: this.#holder.owned, generation: this.#generation };
    const request = { group, topic, claim, sessionTimeoutMs, rebalanceTimeoutMs };
    let joined = await link.joinGroup({ ...request, memberId: this.#memberId });
    if (joined.code === faultCodes.memberIdRequired) {
      this.#memberId = joined.memberId;
      joined = await link.joinGroup({ ...request, memberId: this.#memberId });
    }
    this.#judge(joined.code);
    this.#memberId = joined.memberId;
    this.#generation = joined.generation;
    const assigned = joined.claims === null ? new Map() : assignShards(joined.claims, shards);
    const synced = await link.syncGroup(this.#member(), topic, assigned);
    this.#judge(synced.code);
    if (this.#leaving.signal.aborted) return false;
    const lost = this.#holder.owned.filter((shard) => !synced.shards.includes(shard));
    this.#deps.logger.info('shards shared out', { group, generation: joined.generation, shards: synced.shards, lost });
    this.#holder.gain(synced.shards.filter((shard) => !this.#holder.has(shard)));
    if (lost.length > 0) await this.#beatWhile(this.#holder.lose(lost));
    return lost.length > 0;
  }

  async #beat(): Promise<void> {
    await this.#sleep(groupLimits.heartbeatMs);
    if (this.#leaving.signal.aborted) return;
    this.#judge(await (await this.#link()).heartbeat(this.#member()));
  }

  /** A release may take longer than a session lasts. */
  async #beatWhile(released: Promise<void>, end = this.#leaving.signal): Promise<void> {
    let isReleased = false;
    const release = released.then(() => {
      isReleased = true;
    });
    while (!isReleased) {
      if (end.aborted) return release;
      await Promise.race([release, this.#sleep(groupLimits.heartbeatMs, end)]);
      if (isReleased || end.aborted) continue;
      const code = await (await this.#link()).heartbeat(this.#member());
      // That all have to join again is known already.
      if (code !== faultCodes.rebalanceInProgress) this.#judge(code);
    }
  }

  #judge(code: number): void {
    if (code === 0) {
      this.#lastHeardMs = this.#deps.clock.monotonic();
      return;
    }
    const { group } = this.#options;
    if (code === faultCodes.rebalanceInProgress) throw new Rebalance(`${group} is shared out anew`);
    if (code === faultCodes.unknownMember) this.#memberId = '';
    if (code === faultCodes.unknownMember || code === faultCodes.illegalGeneration) {
      throw new Expelled(`${group} went on without this member`);
    }
    throw faultOf(`the group ${group}`, code);
  }

  async #wait(failures: number): Promise<void> {
    this.#coordinator = null;
    const deafMs = this.#deps.clock.monotonic() - this.#lastHeardMs;
    if (deafMs > groupLimits.deafMs) await this.#giveUpAll(new Expelled('the group cannot be reached'));
    await this.#deps.patience.pause(failures);
  }

  async #giveUpAll(reason: Expelled): Promise<void> {
    const { owned } = this.#holder;
    this.#generation = -1;
    if (owned.length === 0) return;
    const { group } = this.#options;
    this.#deps.logger.warn('shards given up; the group is joined again', { group, reason: reason.message, owned });
    await this.#holder.lose(owned);
  }

  async #link(): Promise<GroupLink> {
    const { cluster } = this.#deps;
    const { group } = this.#options;
    if (this.#coordinator === null) {
      await cluster.refresh([]);
      const { code, nodeId } = await cluster.askAny((link) => new GroupLink(link).coordinatorOf(group));
      if (code !== 0) throw faultOf(`the group ${group}`, code);
      this.#coordinator = nodeId;
    }
    // Its own connection: a broker answers one after the other, and a join may wait for long.
    return new GroupLink(await cluster.link(this.#coordinator, `group ${group}`));
  }

  async #closeLink(): Promise<void> {
    if (this.#coordinator === null) return;
    await this.#deps.cluster.closeLink(this.#coordinator, `group ${this.#options.group}`);
  }

  #member(): GroupMember {
    return { group: this.#options.group, generation: this.#generation, memberId: this.#memberId };
  }

  #scheduleCommit(): void {
    this.#commitTimer = this.#deps.scheduler.after(groupLimits.commitMs, () => {
      void this.#commit()
        .catch(() => {
          // It is told again with the next.
        })
        .finally(() => {
          if (!this.#leaving.signal.aborted) this.#scheduleCommit();
        });
    });
  }

  async #commit(): Promise<void> {
    if (this.#progress.size === 0 || this.#memberId === '') return;
    const offsets = new Map(this.#progress);
    this.#progress.clear();
    await (await this.#link()).commitOffsets(this.#member(), this.#options.topic, offsets);
  }

  /** Ends at once when the signal says so: by itself, when we leave. */
  async #sleep(delayMs: number, signal = this.#leaving.signal): Promise<void> {
    await this.#deps.scheduler.sleep(delayMs, signal).catch(() => {
      // Nobody waits for it any more.
    });
  }
}
