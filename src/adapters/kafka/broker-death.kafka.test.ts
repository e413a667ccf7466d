import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAll, value, valuesOf } from '../../../test/conformance/stream-broker.ts';
import { endBroker, freshTopics, kafkaDeps, reviveBrokers } from '../../../test/harness/kafka.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { StreamName } from '../../core/records/stream.ts';
import { KafkaBroker } from './kafka-broker.ts';

const brokers = findKafka();
const prefix = freshPrefix();
const partitions = 12;
const streams = Array.from({ length: partitions }, (_, shard): StreamName => `facts/${shard}`);

/** Appends numbered records to one stream, four calls at once, until it is told to stop. */
class Writer {
  readonly acknowledged: { readonly offset: number; readonly text: string }[] = [];
  readonly #broker: KafkaBroker;
  readonly #stream: StreamName;
  #count = 0;
  #isStopped = false;
  readonly #running: Promise<unknown>;

  constructor(broker: KafkaBroker, stream: StreamName) {
    this.#broker = broker;
    this.#stream = stream;
    this.#running = Promise.all([1, 2, 3, 4].map(() => this.#run()));
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const texts = [0, 1, 2].map(() => `${this.#stream} ${this.#count++}`);
      const offsets = await this.#broker.append(this.#stream, texts.map(value));
      for (const [index, text] of texts.entries()) this.acknowledged.push({ offset: offsets[index] as number, text });
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }
}

describe.skipIf(brokers === null)('a broker that dies', () => {
  if (brokers === null) return;
  beforeAll(() => freshTopics(brokers, prefix, { facts: partitions }));
  afterEach(reviveBrokers);
  afterAll(() => deleteTopics(brokers, prefix));

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s: every record once, in order; nothing is lost',
    { timeout: 120_000 },
    async (signal) => {
      const broker = new KafkaBroker({ brokers, prefix, partitions }, kafkaDeps());
      const from = await Promise.all(streams.map(async (stream) => (await broker.bounds(stream)).end));
      const followed = streams.map((): string[] => []);
      const failures: Error[] = [];
      for (const [index, stream] of streams.entries()) {
        const sink = (records: readonly { readonly value: string | null }[]) =>
          void followed[index]?.push(...records.map((record) => record.value ?? ''));
        broker.follow(stream, from[index] ?? 0, sink, (cause) => void failures.push(cause));
      }
      const writers = streams.map((stream) => new Writer(broker, stream));
      const grown = (count: number) => {
        const before = writers.map(({ acknowledged }) => acknowledged.length);
        return waitUntil(
          () => writers.every(({ acknowledged }, index) => acknowledged.length >= (before[index] ?? 0) + count),
          {
            what: 'every writer to go on',
            timeoutMs: 60_000,
          },
        );
      };
      await grown(100);
      await endBroker(1, signal);
      await grown(100);
      await reviveBrokers();
      await grown(100);
      await Promise.all(writers.map((writer) => writer.stop()));

      for (const [index, { acknowledged }] of writers.entries()) {
        const stream = streams[index] as StreamName;
        const stored = await readAll(broker, stream, from[index] ?? 0, (await broker.bounds(stream)).end);
        const numbers = valuesOf(stored).map((text) => Number(text.split(' ')[1]));
        // Each once, and in the order of the calls.
        expect(numbers).toEqual(numbers.map((_, number) => number));
        expect(stored).toHaveLength(acknowledged.length);
        const at = new Map(stored.map((record) => [record.offset, record.value]));
        for (const { offset, text } of acknowledged) expect(at.get(offset)).toBe(text);
        await waitUntil(() => followed[index]?.length === stored.length, { what: `the follower of ${stream}` });
        expect(followed[index]).toEqual(valuesOf(stored));
      }
      expect(failures).toEqual([]);
      await broker.close();
    },
  );
});
