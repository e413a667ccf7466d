import {
  Admin,
  Consumer,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { afterAll, describe, expect, test } from 'vitest';
import { startBroker, stopBroker } from '../../scripts/services/kafka.mjs';
import { deleteTopics, findKafka, freshPrefix } from './services.ts';

const brokers = findKafka() ?? [];

describe.skipIf(brokers.length === 0)('the brokers that tests run against', () => {
  const prefix = freshPrefix();
  const client = { clientId: 'txtrail-test', bootstrapBrokers: [...brokers] };
  afterAll(() => deleteTopics(brokers, prefix));

  test('are three, which keep a topic in three copies', async () => {
    const admin = new Admin(client);
    await admin.createTopics({ topics: [`${prefix}copies`], partitions: 2, replicas: 3 });
    const metadata = await admin.metadata({ topics: [`${prefix}copies`] });
    expect(metadata.brokers.size).toBe(3);
    const partitions = metadata.topics.get(`${prefix}copies`)?.partitions ?? [];
    expect(partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3]);
    await admin.close();
  });

  test('take records while one of them is gone, and give them back when it has returned', async () => {
    const topic = `${prefix}loss`;
    const admin = new Admin(client);
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 3 });
    await admin.close();
    const producer = new Producer({
      ...client,
      idempotent: true,
      acks: ProduceAcks.ALL,
      retries: 60,
      retryDelay: 500,
      serializers: stringSerializers,
    });
    const send = (value: string) => producer.send({ messages: [{ topic, partition: 0, value }] });
    await send('before');
    await stopBroker(2, 'SIGKILL');
    try {
      await send('without');
    } finally {
      await startBroker(2);
    }
    await send('after');
    await producer.close();
    expect(await readAll(topic, 3)).toEqual(['before', 'without', 'after']);
  });

  async function readAll(topic: string, count: number): Promise<readonly string[]> {
    const consumer = new Consumer({ ...client, groupId: `${prefix}group`, deserializers: stringDeserializers });
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false });
    const values: string[] = [];
    for await (const message of stream) {
      values.push(message.value);
      if (values.length === count) break;
    }
    await consumer.close(true);
    return values;
  }
});
