import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAll, streamBrokerSuite, value, valuesOf } from '../../../test/conformance/stream-broker.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { kafkaDeps, freshTopics } from '../../../test/harness/kafka.ts';
import type { StreamName } from '../../core/records/stream.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { KafkaBroker } from './kafka-broker.ts';

const brokers = findKafka();
const prefix = freshPrefix();
const partitions = 64;

describe.skipIf(brokers === null)('Kafka', () => {
  if (brokers === null) return;
  beforeAll(() => freshTopics(brokers, prefix, { facts: partitions, state: partitions }));
  afterAll(() => deleteTopics(brokers, prefix));
  let next = 0;
  const newStream = (): StreamName => {
    const shard = next++;
    return shard < partitions ? `facts/${shard}` : `state/${shard - partitions}`;
  };
  const connect = (timeoutMs?: number) =>
    new KafkaBroker({ brokers, prefix, partitions, ...(timeoutMs === undefined ? {} : { timeoutMs }) }, kafkaDeps());

  streamBrokerSuite('Kafka', async () => {
    const made = [connect()];
    return {
      broker: made[0] as KafkaBroker,
      another: () => {
        const other = connect();
        made.push(other);
        return other;
      },
      newStream,
      dispose: async () => void (await Promise.all(made.map((one) => one.close()))),
    };
  });

  test('a topic that is not there is told when the time is over', async () => {
    const broker = connect(500);
    await expect(broker.append('probes/1', [value('a')])).rejects.toMatchObject({ code: 'broker_unavailable' });
    await expect(broker.bounds('probes/1')).rejects.toMatchObject({ code: 'broker_unavailable' });
    await broker.close();
  });

  test('a record that is larger than the topic takes is refused, and what comes after it is not', async () => {
    const broker = connect();
    const stream = newStream();
    const huge = broker.append(stream, [value('x'.repeat(3_000_000))]);
    const small = broker.append(stream, [value('small')]);
    await expect(huge).rejects.toMatchObject({ code: 'record_too_large' });
    expect(await small).toEqual([0]);
    expect(valuesOf(await readAll(broker, stream, 0, 9))).toEqual(['small']);
    await broker.close();
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'what brokers compress by themselves is read and followed: %s',
    async (codec) => {
      const topic = `${codec}.`;
      await freshTopics(brokers, `${prefix}${topic}`, { facts: 1 }, { 'compression.type': codec });
      const broker = new KafkaBroker({ brokers, prefix: `${prefix}${topic}`, partitions: 1 }, kafkaDeps());
      const texts = Array.from({ length: 300 }, (_, index) => `${index} `.repeat(1 + index * 40));
      await broker.append('facts/0', texts.map(value));
      expect(valuesOf(await readAll(broker, 'facts/0', 0, 300))).toEqual(texts);
      const seen: string[] = [];
      broker.follow('facts/0', 0, (records) => void seen.push(...valuesOf(records)), fail);
      await waitUntil(() => seen.length === 300, { what: 'all records' });
      expect(seen).toEqual(texts);
      await broker.close();
    },
  );

  test('no broker at all: calls fail when the time is over, and say where they looked', async () => {
    const lost = new KafkaBroker({ brokers: ['127.0.0.1:1'], prefix, partitions, timeoutMs: 300 }, kafkaDeps());
    const refused = { code: 'broker_unavailable', retryable: true, message: expect.stringContaining('127.0.0.1:1') };
    await expect(lost.append('facts/0', [value('a')])).rejects.toMatchObject(refused);
    await expect(lost.bounds('facts/0')).rejects.toMatchObject(refused);
    await lost.close();
  });
});

function fail(cause: Error): void {
  throw cause;
}
