import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAll, value, valuesOf } from '../../../test/conformance/stream-broker.ts';
import { endBroker, freshTopics, kafkaDeps, reviveBrokers } from '../../../test/harness/kafka.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { StreamName } from '../../core/records/stream.ts';
import type { LogRecord } from '../../ports/record-log.ts';
import { KafkaBroker } from '../kafka/kafka-broker.ts';
import type { JournaledLog } from './journaled-log.ts';
import { openJournaledLog } from './open-journaled-log.ts';

const brokers = findKafka();
const prefix = freshPrefix();
const units = 6;

/** A process that owns units, opens them again when they fail, and tells what it applied. */
class Process {
  readonly broker: KafkaBroker;
  readonly failures: string[] = [];
  readonly #said: ReadonlyMap<number, Map<number, LogRecord>>;
  readonly #logs = new Set<JournaledLog>();
  #isStopped = false;

  constructor(said: ReadonlyMap<number, Map<number, LogRecord>>) {
    this.#said = said;
    this.broker = new KafkaBroker({ brokers: brokers ?? [], prefix, partitions: units }, kafkaDeps());
  }

  async own(unit: number): Promise<void> {
    const deps = { ...kafkaDeps(), broker: this.broker, logger: recordingLogger() };
    const said = this.#said.get(unit) as Map<number, LogRecord>;
    const log = await openJournaledLog({ unit, inputs: [`facts/${unit}`, `registrations/${unit}`] }, deps);
    this.#logs.add(log);
    log.follow(log.start, (records) => {
      for (const one of records) {
        expect(said.get(one.position) ?? one).toEqual(one);
        said.set(one.position, one);
      }
    });
    void log.failed.then((cause) => {
      const code = 'code' in cause ? String(cause.code) : cause.message;
      this.failures.push(code);
      // Somebody else has it: nothing to be done here.
      if (code !== 'log_taken' && !this.#isStopped) void this.own(unit);
    });
    const tick = async (): Promise<void> => {
      for (let count = 0; !this.#isStopped; count += 1) {
        await log.append([{ stream: 'journal/0', payload: `tick ${log.epoch}.${count}` }]);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    void tick().catch(() => {
      // The log has failed, and `failed` says why.
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#logs].map((log) => log.close()));
    await this.broker.close();
  }
}

describe.skipIf(brokers === null)('owners that change while brokers die', () => {
  if (brokers === null) return;
  beforeAll(() => freshTopics(brokers, prefix, { facts: units, registrations: units, journal: units }));
  afterAll(async () => {
    await reviveBrokers();
    await deleteTopics(brokers, prefix);
  });

  test('every position is one record to all, and every input is applied once, in order', {
    timeout: 180_000,
  }, async () => {
    const all = Array.from({ length: units }, (_, unit) => unit);
    const said = new Map(all.map((unit) => [unit, new Map<number, LogRecord>()]));
    const writer = new KafkaBroker({ brokers, prefix, partitions: units }, kafkaDeps());
    const counts = new Map<StreamName, number>();
    let isWriting = true;
    const write = async (stream: StreamName): Promise<void> => {
      while (isWriting) {
        const next = counts.get(stream) ?? 0;
        await writer.append(stream, [value(`${next}`), value(`${next + 1}`)]);
        counts.set(stream, next + 2);
      }
    };
    const streams = all.flatMap((unit): StreamName[] => [`facts/${unit}`, `registrations/${unit}`]);
    const writing = Promise.all(streams.map(write));

    const grown = async (count: number): Promise<void> => {
      const before = new Map(counts);
      await waitUntil(() => streams.every((one) => (counts.get(one) ?? 0) >= (before.get(one) ?? 0) + count), {
        what: 'all streams to grow',
        timeoutMs: 60_000,
      });
    };
    const first = new Process(said);
    await Promise.all(all.map((unit) => first.own(unit)));
    await grown(60);
    const death = endBroker(2, 'SIGKILL');
    const second = new Process(said);
    // Taken over while a broker is gone, and the old owner goes on without knowing.
    await Promise.all(all.slice(0, 4).map((unit) => second.own(unit)));
    await death;
    await grown(60);
    await reviveBrokers();
    const third = new Process(said);
    await Promise.all(all.slice(2, 5).map((unit) => third.own(unit)));
    await grown(60);
    isWriting = false;
    await writing;

    for (const [unit, positions] of said) {
      const applied = (stream: StreamName) =>
        [...positions.values()]
          .filter((one) => one.stream === stream)
          .sort((a, b) => a.position - b.position)
          .map(({ payload }) => payload);
      for (const stream of [`facts/${unit}`, `registrations/${unit}`] as const) {
        const { end } = await writer.bounds(stream);
        const describe = () => `failures: ${[first, second, third].map((one) => one.failures.join()).join('; ')}`;
        await waitUntil(() => applied(stream).length >= end, {
          what: `${stream} to be applied`,
          timeoutMs: 60_000,
          describe,
        });
        expect(applied(stream)).toEqual(valuesOf(await readAll(writer, stream, 0, end)));
        expect(applied(stream)).toEqual(Array.from({ length: end }, (_, index) => `${index}`));
      }
    }
    await waitUntil(() => first.failures.includes('log_taken') && second.failures.includes('log_taken'), {
      what: 'the old owners to learn of it',
    });
    await Promise.all([first.stop(), second.stop(), third.stop(), writer.close()]);
    // A record that is not what it was to another owner ends a log with what it says.
    const failures = [first, second, third].flatMap((one) => one.failures);
    expect(failures.filter((code) => code !== 'log_taken' && code !== 'broker_unavailable')).toEqual([]);
  });
});
