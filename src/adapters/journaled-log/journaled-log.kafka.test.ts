import { afterAll, describe, expect, test } from 'vitest';
import { record, recordLogSuite } from '../../../test/conformance/record-log.ts';
import { snapshotStoreSuite } from '../../../test/conformance/snapshot-store.ts';
import { freshTopics, kafkaDeps } from '../../../test/harness/kafka.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { StreamName } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { LogRecord } from '../../ports/record-log.ts';
import { KafkaBroker } from '../kafka/kafka-broker.ts';
import { BrokerSnapshots } from './broker-snapshots.ts';
import { openJournaledLog } from './open-journaled-log.ts';

const brokers = findKafka();
const prefix = freshPrefix();
const inputs: readonly StreamName[] = ['acks/0', 'facts/0', 'facts/1', 'events/0', 'events/1', 'events/2', 'events/3'];

/** A broker whose appends the test may hold or refuse. */
class HeldBroker extends KafkaBroker {
  isBroken = false;
  held: Promise<void> = Promise.resolve();

  override async append(...[stream, records]: Parameters<KafkaBroker['append']>): Promise<readonly number[]> {
    await this.held;
    if (this.isBroken) throw new TxTrailError('broker_unavailable', 'broken by the test', { retryable: true });
    return super.append(stream, records);
  }
}

describe.skipIf(brokers === null)('over Kafka', () => {
  if (brokers === null) return;
  const connected: KafkaBroker[] = [];
  afterAll(async () => {
    await Promise.all(connected.map((broker) => broker.close()));
    await deleteTopics(brokers, prefix);
  });
  let count = 0;

  async function installation(): Promise<string> {
    const own = `${prefix}${count++}.`;
    await freshTopics(brokers ?? [], own, { acks: 1, facts: 2, events: 4, journal: 1, state: 4 });
    return own;
  }

  recordLogSuite(
    'journaled over Kafka',
    async ({ clock, waitingBytesLimit }) => {
      const deps = kafkaDeps();
      const broker = new HeldBroker({ brokers, prefix: await installation(), partitions: 4 }, deps);
      const log = await openJournaledLog(
        { unit: 0, inputs, waitingBytesLimit },
        { ...deps, broker, clock, logger: recordingLogger() },
      );
      return {
        log,
        breakStorage: () => {
          broker.isBroken = true;
        },
        holdWrites: () => {
          const { promise, resolve } = Promise.withResolvers<void>();
          broker.held = promise;
          return resolve;
        },
        dispose: async () => {
          await log.close();
          await broker.close();
        },
      };
    },
    { keepsOrderAcrossStreams: false },
  );

  snapshotStoreSuite('over Kafka', async () => {
    const unit = count++ % 4;
    const broker = new KafkaBroker({ brokers, prefix: await installation(), partitions: 4 }, kafkaDeps());
    connected.push(broker);
    return new BrokerSnapshots({ unit, epoch: 1 }, { broker, logger: recordingLogger() });
  });

  test('owners of several processes follow each other: every position is one record to all', async () => {
    const own = await installation();
    const said = new Map<number, LogRecord>();
    const seen: string[] = [];
    for (let owner = 0; owner < 4; owner += 1) {
      const deps = kafkaDeps();
      const broker = new KafkaBroker({ brokers, prefix: own, partitions: 4 }, deps);
      connected.push(broker);
      const log = await openJournaledLog({ unit: 0, inputs }, { ...deps, broker, logger: recordingLogger() });
      log.follow(log.start, (records) => {
        for (const one of records) {
          expect(said.get(one.position) ?? one).toEqual(one);
          said.set(one.position, one);
        }
        seen.push(...records.map(({ payload }) => `${owner} ${payload}`));
      });
      const payloads = Array.from({ length: 50 }, (_, index) => `${owner}.${index}`);
      await Promise.all(payloads.map((payload) => log.append([record('facts/0', payload)])));
      await waitUntil(() => seen.includes(`${owner} ${owner}.49`), { what: `owner ${owner} to apply all` });
    }
    const inOrder = [...said.values()].sort((a, b) => a.position - b.position).map(({ payload }) => payload);
    expect(inOrder).toEqual(
      [0, 1, 2, 3].flatMap((owner) => Array.from({ length: 50 }, (_, index) => `${owner}.${index}`)),
    );
  });
});
