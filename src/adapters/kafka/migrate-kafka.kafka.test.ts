import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readAll } from '../../../test/conformance/stream-broker.ts';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { ChainRecord } from '../../core/records/chain-record.ts';
import { checkKafka, migrateKafka } from './migrate-kafka.ts';
import { openKafka } from './open-kafka.ts';

const brokers = findKafka();
const dayMs = 86_400_000;

describe.skipIf(brokers === null)('the topics of an installation', () => {
  if (brokers === null) return;
  let topicPrefix = freshPrefix();
  const options = (more: object = {}) => ({
    brokers,
    topicPrefix,
    partitions: 3,
    chains: ['eip155:1', 'eip155:8453'],
    ...more,
  });
  afterEach(async () => {
    vi.useRealTimers();
    await deleteTopics(brokers, topicPrefix);
    topicPrefix = freshPrefix();
  });

  test('are made once, and found good afterwards', async () => {
    const logs = [
      'registrations',
      'facts',
      'senders',
      'journal',
      'state',
      'events',
      'probes',
      'submissions',
      'replies',
    ];
    const names = [...logs, 'dead-letters', 'blocks.eip155-1', 'blocks.eip155-8453'].map(
      (log) => `${topicPrefix}${log}`,
    );
    const missing = { code: 'topics_missing', message: expect.stringContaining('txtrail migrate') };
    await expect(checkKafka(options(), kafkaDeps())).rejects.toMatchObject(missing);
    expect(await migrateKafka(options(), kafkaDeps())).toEqual(names);
    await checkKafka(options(), kafkaDeps());
    expect(await migrateKafka(options(), kafkaDeps())).toEqual([]);
    const more = options({ chains: ['eip155:1', 'eip155:8453', 'eip155:10'] });
    expect(await migrateKafka(more, kafkaDeps())).toEqual([`${topicPrefix}blocks.eip155-10`]);
  });

  test('two that migrate at once make them once', async () => {
    const made = await Promise.all([migrateKafka(options(), kafkaDeps()), migrateKafka(options(), kafkaDeps())]);
    expect(made.flat().length).toBeGreaterThanOrEqual(12);
    await checkKafka(options(), kafkaDeps());
  });

  test('that are not as they have to be are told, with what to do; nothing is changed', async () => {
    await migrateKafka(options(), kafkaDeps());
    await alter(`${topicPrefix}registrations`, 'retention.ms', '60000');
    await alter(`${topicPrefix}journal`, 'min.insync.replicas', '1');
    await alter(`${topicPrefix}state`, 'cleanup.policy', 'delete');
    await alter(`${topicPrefix}senders`, 'retention.bytes', '1000000');
    await alter(`${topicPrefix}events`, 'unclean.leader.election.enable', 'true');
    const wishes = [
      ['senders', 'retention.bytes=-1'],
      ['events', 'unclean.leader.election.enable=false'],
      ['registrations', 'retention.ms=-1'],
      ['journal', 'min.insync.replicas=2'],
      ['state', 'cleanup.policy=compact'],
    ].map(([log, wish]) => `--topic ${topicPrefix}${log} --add-config ${wish}`);
    const refusalOf = async (): Promise<Error> => {
      const refusal = await migrateKafka(options({ partitions: 4 }), kafkaDeps()).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'topic_misconfigured' });
      return refusal as Error;
    };
    // A broker learns of a changed setting a little later than the one that changed it.
    const { message } = await waitUntil(
      async () => {
        const refusal = await refusalOf();
        return wishes.every((wish) => refusal.message.includes(wish)) ? refusal : null;
      },
      { what: 'every setting to be told' },
    );
    expect(message).toContain('the topics have 3 partitions and the configuration says 4');
    expect(message).toContain(`kafka-configs --bootstrap-server ${brokers.join(',')} --alter --topic ${topicPrefix}`);
    await expect(checkKafka(options(), kafkaDeps())).rejects.toMatchObject({ code: 'topic_misconfigured' });
  });

  test("a chain's topic takes a block of twenty thousand transactions", async () => {
    const deps = { ...kafkaDeps(), logger: recordingLogger() };
    await migrateKafka(options(), deps);
    const { broker, close } = await openKafka(options(), deps);
    const hash = `0x${'ab'.repeat(32)}`;
    const address = `0x${'cd'.repeat(20)}`;
    const call = { from: address, nonce: 1_000_000, to: address, callDigest: 'ef'.repeat(16), selfCancel: false };
    const transactions = Array.from({ length: 20_000 }, (_, index) => ({ ...call, hash, index }));
    const block = { number: 30_000_000, hash, parentHash: hash, timestampMs: 1_800_000_000_000, transactions };
    const told = { chain: 'eip155:1', target: block.number, provider: 'main', seenMs: block.timestampMs };
    const record: ChainRecord = { kind: 'applied', block, ...told };
    const value = JSON.stringify(record);
    expect(await broker.append('blocks/eip155:1', [{ key: null, value }])).toEqual([0]);
    expect(await readAll(broker, 'blocks/eip155:1', 0, 1)).toEqual([{ key: null, value, offset: 0 }]);
    await close();
  });

  test('take records whatever time it is here, and keep them by the time of the brokers', async () => {
    const deps = { ...kafkaDeps(), logger: recordingLogger() };
    await migrateKafka(options(), deps);
    const { broker, close } = await openKafka(options(), deps);
    const nowMs = Date.now();
    for (const awayMs of [-30 * dayMs, 30 * dayMs]) {
      vi.useFakeTimers({ toFake: ['Date'], now: nowMs + awayMs });
      await broker.append('events/0', [{ key: null, value: 'an event' }]);
      vi.useRealTimers();
    }
    const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...brokers] });
    const timestamp = BigInt(nowMs - dayMs);
    const [topic] = await admin.listOffsets({
      topics: [{ name: `${topicPrefix}events`, partitions: [{ partitionIndex: 0, timestamp }] }],
    });
    expect(topic?.partitions).toMatchObject([{ offset: 0n }]);
    await admin.close();
    await close();
  });

  test('a role that starts finds them, appends, follows and owns; or is told to migrate', async () => {
    const deps = { ...kafkaDeps(), logger: recordingLogger() };
    await expect(openKafka(options(), deps)).rejects.toMatchObject({ code: 'topics_missing' });
    await migrateKafka(options(), deps);
    const { broker, ownership, close } = await openKafka(options(), deps);
    expect(await broker.append('blocks/eip155:1', [{ key: null, value: 'b0' }])).toEqual([0]);
    const gained: number[] = [];
    const listener = { onGained: (shards: readonly number[]) => void gained.push(...shards), onFailure: rethrow };
    const membership = await ownership.join(
      { group: 'watch', shards: 3 },
      { ...listener, onLost: async () => undefined },
    );
    expect(gained).toEqual([0, 1, 2]);
    await membership.leave();
    await close();
  });

  test('no broker: told when the time is over', async () => {
    const nowhere = options({ brokers: ['127.0.0.1:1'], timeoutMs: 200 });
    await expect(checkKafka(nowhere, kafkaDeps())).rejects.toMatchObject({
      code: 'broker_unavailable',
      retryable: true,
    });
  });

  async function alter(topic: string, name: string, value: string): Promise<void> {
    const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...(brokers ?? [])] });
    const configs = [{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET }];
    await admin.incrementalAlterConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }],
    });
    await admin.close();
  }
});

function rethrow(cause: Error): void {
  throw cause;
}
