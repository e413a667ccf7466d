import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  findCoordinatorV4,
  heartbeatV4,
  joinGroupV7,
  leaveGroupV4,
  offsetCommitV8,
  syncGroupV5,
} from '@platformatic/kafka';
import type { BrokerLink } from './broker-link.ts';
import type { ShardClaim } from './shard-assignment.ts';

const groupKey = 0;
/** Such groups and their members' shares are shown by Kafka's own tools. */
const groupKind = 'consumer';
const groupProtocol = 'txtrail-even';
const subscriptionVersion = 2;

/** What members of a group ask its coordinator. */
export class GroupLink {
  readonly #link: BrokerLink;

  constructor(link: BrokerLink) {
    this.#link = link;
  }

  async coordinatorOf(group: string): Promise<{ readonly code: number; readonly nodeId: number }> {
    const answer = await this.#link.ask(findCoordinatorV4.api, groupKey, [group]);
    const [found] = answer.coordinators;
    return { code: found?.errorCode ?? 15, nodeId: found?.nodeId ?? -1 };
  }

  /** Waits at the broker until every member has joined, or the time for it is over. */
  async joinGroup({ group, memberId, claim, ...options }: JoinRequest): Promise<JoinAnswer> {
    const metadata = encodeConsumerProtocolSubscription({
      version: subscriptionVersion,
      topics: [options.topic],
      ownedPartitions: [{ topic: options.topic, partitions: [...claim.owned] }],
      generationId: claim.generation,
    });
    const answer = await this.#link.ask(
      joinGroupV7.api,
      group,
      options.sessionTimeoutMs,
      options.rebalanceTimeoutMs,
      memberId,
      null,
      groupKind,
      [{ name: groupProtocol, metadata }],
    );
    return {
      code: answer.errorCode,
      generation: answer.generationId,
      memberId: answer.memberId,
      claims: answer.leader === answer.memberId ? answer.members.map(claimOf) : null,
    };
  }

  /** `assigned`: by whoever leads the group; empty from the others. */
  async syncGroup(
    { group, generation, memberId }: GroupMember,
    topic: string,
    assigned: ReadonlyMap<string, readonly number[]>,
  ): Promise<{ readonly code: number; readonly shards: readonly number[] }> {
    const assignments = [...assigned].map(([member, shards]) => ({
      memberId: member,
      assignment: encodeConsumerProtocolAssignment({
        version: subscriptionVersion,
        assignedPartitions: [{ topic, partitions: [...shards] }],
      }),
    }));
    const answer = await this.#link.ask(
      syncGroupV5.api,
      group,
      generation,
      memberId,
      null,
      groupKind,
      groupProtocol,
      assignments,
    );
    const { assignedPartitions } = decodeConsumerProtocolAssignment(answer.assignment);
    return { code: answer.errorCode, shards: assignedPartitions.flatMap(({ partitions }) => partitions) };
  }

  async heartbeat({ group, generation, memberId }: GroupMember): Promise<number> {
    return (await this.#link.ask(heartbeatV4.api, group, generation, memberId, null)).errorCode;
  }

  async leaveGroup(group: string, memberId: string): Promise<void> {
    await this.#link.ask(leaveGroupV4.api, group, [{ memberId, groupInstanceId: null }]);
  }

  async commitOffsets(
    { group, generation, memberId }: GroupMember,
    topic: string,
    offsets: ReadonlyMap<number, number>,
  ): Promise<readonly number[]> {
    const partitions = [...offsets].map(([partitionIndex, offset]) => ({
      partitionIndex,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }));
    const answer = await this.#link.ask(offsetCommitV8.api, group, generation, memberId, null, [
      { name: topic, partitions },
    ]);
    return answer.topics.flatMap((one) => one.partitions.map(({ errorCode }) => errorCode));
  }
}

function claimOf({ memberId, metadata }: { readonly memberId: string; readonly metadata: Buffer }): ShardClaim {
  const { ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
  return { memberId, owned: ownedPartitions.flatMap(({ partitions }) => partitions), generation: generationId };
}

/** Who speaks to a group's coordinator. */
export interface GroupMember {
  readonly group: string;
  readonly generation: number;
  readonly memberId: string;
}

export interface JoinRequest {
  readonly group: string;
  /** Empty: it has none yet. */
  readonly memberId: string;
  readonly topic: string;
  readonly claim: Omit<ShardClaim, 'memberId'>;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

export interface JoinAnswer {
  readonly code: number;
  readonly generation: number;
  readonly memberId: string;
  /** What every member says; null for all but the one that leads the group. */
  readonly claims: readonly ShardClaim[] | null;
}
