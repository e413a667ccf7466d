import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { afterAll, describe, expect, test } from 'vitest';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { inspectKafka } from './inspect-kafka.ts';
import { migrateKafka } from './migrate-kafka.ts';

const brokers = findKafka() ?? [];

describe.skipIf(brokers.length === 0)('a look at a cluster', () => {
  const topicPrefix = freshPrefix();
  const options = { brokers, topicPrefix, partitions: 2, chains: ['eip155:1'] };
  afterAll(() => deleteTopics(brokers, topicPrefix));

  test('tells what is missing until the migration, and finds no fault after it', async () => {
    const before = await inspectKafka(options, kafkaDeps());
    expect(before.brokers).toBe(3);
    expect(before.missing.map(({ name }) => name)).toContain(`${topicPrefix}journal`);
    await migrateKafka(options, kafkaDeps());
    expect(await inspectKafka(options, kafkaDeps())).toMatchObject({
      brokers: 3,
      missing: [],
      topicFault: null,
    });
  });

  test('finds a topic whose leader may lack records', async () => {
    await migrateKafka(options, kafkaDeps());
    await alter(`${topicPrefix}events`, 'unclean.leader.election.enable', 'true');
    // A broker learns of a changed setting a little later than the one that changed it.
    const { topicFault } = await waitUntil(
      async () => {
        const found = await inspectKafka(options, kafkaDeps());
        return found.topicFault !== null && found;
      },
      { what: 'the topic to be told' },
    );
    expect(topicFault).toContain(`${topicPrefix}events has unclean.leader.election.enable=true`);
  });

  test('brokers that are away are a fault', async () => {
    const nobody = { ...options, brokers: ['127.0.0.1:1'], timeoutMs: 200 };
    await expect(inspectKafka(nobody, kafkaDeps())).rejects.toMatchObject({ code: 'broker_unavailable' });
  });

  async function alter(resourceName: string, name: string, value: string): Promise<void> {
    const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...brokers] });
    const configs = [{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET }];
    await admin.incrementalAlterConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName, configs }],
    });
    await admin.close();
  }
});
