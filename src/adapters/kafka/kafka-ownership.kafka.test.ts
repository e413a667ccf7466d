import { Admin } from '@platformatic/kafka';
import { afterAll, describe, expect, test } from 'vitest';
import { ownershipSuite } from '../../../test/conformance/ownership.ts';
import { endBroker, freshTopics, kafkaDeps, reviveBrokers } from '../../../test/harness/kafka.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { Scheduler } from '../../ports/clock.ts';
import type { Ownership, OwnershipListener } from '../../ports/ownership.ts';
import { Cluster } from './cluster.ts';
import { GroupLink } from './group-link.ts';
import { connectionLimits, groupLimits } from './kafka-limits.ts';
import { KafkaOwnership } from './kafka-ownership.ts';
import { Patience } from './patience.ts';

const brokers = findKafka();

describe.skipIf(brokers === null)('groups of Kafka', { timeout: 120_000 }, () => {
  if (brokers === null) return;
  afterAll(reviveBrokers);

  function connect(prefix: string): { readonly ownership: KafkaOwnership; readonly cluster: Cluster } {
    const deps = kafkaDeps();
    const cluster = new Cluster({ ...connectionLimits, brokers: brokers ?? [] });
    const patience = new Patience(30_000, deps);
    return {
      cluster,
      ownership: new KafkaOwnership({ prefix }, { ...deps, cluster, patience, logger: recordingLogger() }),
    };
  }

  ownershipSuite(
    'Kafka',
    async () => {
      const prefix = freshPrefix();
      const clusters = new Map<Ownership, Cluster>();
      return {
        another: () => {
          const { ownership, cluster } = connect(prefix);
          clusters.set(ownership, cluster);
          return ownership;
        },
        crash: async (ownership) => clusters.get(ownership)?.close(),
        dispose: async () => void (await Promise.all([...clusters.values()].map((cluster) => cluster.close()))),
      };
    },
    { patienceMs: 30_000, canCrash: true },
  );

  test('a member that was silent for too long finds itself expelled, gives everything up and joins again', async () => {
    const prefix = freshPrefix();
    let isAsleep = Promise.resolve();
    const deps = kafkaDeps();
    const sleepy: Scheduler = {
      ...deps.scheduler,
      sleep: async (delayMs, signal) => {
        await deps.scheduler.sleep(delayMs, signal);
        await isAsleep;
      },
    };
    const cluster = new Cluster({ ...connectionLimits, brokers });
    const patience = new Patience(30_000, deps);
    const first = new KafkaOwnership(
      { prefix },
      { ...deps, scheduler: sleepy, cluster, patience, logger: recordingLogger() },
    );
    const calls: string[] = [];
    const told = (name: string): OwnershipListener => ({
      onGained: (shards) => void calls.push(`${name} gained ${shards.join()}`),
      onLost: async (shards) => void calls.push(`${name} lost ${shards.join()}`),
      onFailure: (cause) => void calls.push(`${name} failed: ${cause.message}`),
    });
    const membership = await first.join({ group: 'status', shards: 2 }, told('first'));
    const { promise, resolve } = Promise.withResolvers<void>();
    isAsleep = promise;
    const second = connect(prefix);
    // It waits for the first to join again, until the first is given up.
    const other = await second.ownership.join({ group: 'status', shards: 2 }, told('second'));
    expect(calls).toEqual(['first gained 0,1', 'second gained 0,1']);
    resolve();
    await waitUntil(() => calls.length === 5, { what: 'the first to have its share', timeoutMs: 30_000 });
    expect(calls[2]).toBe('first lost 0,1');
    expect(calls.slice(3)).toEqual(['second lost 1', 'first gained 1']);
    await Promise.all([membership.leave(), other.leave()]);
    await Promise.all([cluster.close(), second.cluster.close()]);
  });

  test('a member that leaves is waited for while it gives up its shards, for longer than a session lasts', async () => {
    const prefix = freshPrefix();
    const [first, second] = [connect(prefix), connect(prefix)];
    const calls: string[] = [];
    const told = (name: string, onLost: () => Promise<void>): OwnershipListener => ({
      onGained: (shards) => void calls.push(`${name} gained ${shards.join()}`),
      onLost: async (shards) => {
        await onLost();
        calls.push(`${name} lost ${shards.join()}`);
      },
      onFailure: (cause) => void calls.push(`${name} failed: ${cause.message}`),
    });
    const slowly = () => kafkaDeps().scheduler.sleep(groupLimits.sessionTimeoutMs + 2_500);
    const leaving = await first.ownership.join({ group: 'status', shards: 2 }, told('first', slowly));
    const left = leaving.leave();
    const other = await second.ownership.join(
      { group: 'status', shards: 2 },
      told('second', async () => undefined),
    );
    await left;
    await waitUntil(() => calls.length === 3, { what: 'the second to have everything', timeoutMs: 30_000 });
    expect(calls).toEqual(['first gained 0,1', 'first lost 0,1', 'second gained 0,1']);
    await other.leave();
    await Promise.all([first.cluster.close(), second.cluster.close()]);
  });

  test('a broker that dies takes no shards away, and progress is shown as committed offsets', async () => {
    const prefix = freshPrefix();
    await freshTopics(brokers, prefix, { registrations: 4 });
    const { ownership, cluster } = connect(prefix);
    const calls: string[] = [];
    const membership = await ownership.join(
      { group: 'status', shards: 4 },
      {
        onGained: (shards) => void calls.push(`gained ${shards.join()}`),
        onLost: async (shards) => void calls.push(`lost ${shards.join()}`),
        onFailure: (cause) => void calls.push(`failed ${cause.message}`),
      },
    );
    expect(calls).toEqual(['gained 0,1,2,3']);
    const nodeId = Number(await coordinatorOf(`${prefix}status`, cluster));
    await endBroker(nodeId, 'SIGKILL');
    await waitUntil(async () => (await coordinatorOf(`${prefix}status`, cluster).catch(() => nodeId)) !== nodeId, {
      what: 'another coordinator',
      timeoutMs: 60_000,
    });
    await reviveBrokers();
    membership.noteProgress(2, 0);
    const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...brokers] });
    afterAll(() => admin.close());
    await waitUntil(
      async () => {
        const groups = await admin.listConsumerGroupOffsets({ groups: [`${prefix}status`] });
        return JSON.stringify(groups, (_, one) => (typeof one === 'bigint' ? Number(one) : one)).includes(
          'registrations',
        );
      },
      { what: 'a committed offset', timeoutMs: 30_000 },
    );
    expect(calls).toEqual(['gained 0,1,2,3']);
    await membership.leave();
    expect(calls).toEqual(['gained 0,1,2,3', 'lost 0,1,2,3']);
    await cluster.close();
    await deleteTopics(brokers, prefix);
  });
});

async function coordinatorOf(group: string, cluster: Cluster): Promise<number> {
  const { code, nodeId } = await cluster.askAny((link) => new GroupLink(link).coordinatorOf(group));
  if (code !== 0) throw new Error(`no coordinator: ${code}`);
  return nodeId;
}
