import { KafkaBroker } from '../../src/adapters/kafka/kafka-broker.ts';
import { migrateKafka } from '../../src/adapters/kafka/migrate-kafka.ts';
import { MemoryStatusCache } from '../../src/adapters/memory/memory-status-cache.ts';
import { MemoryWakeUp } from '../../src/adapters/memory/memory-wake-up.ts';
import { kafkaDeps } from '../harness/kafka.ts';
import { PostgresRig } from '../harness/postgres.ts';
import type { ManualClock } from '../harness/recording-ports.ts';
import { deleteTopics, freshPrefix } from '../harness/services.ts';
import { DistributedWay } from './distributed-way.ts';
import type { InputTrace } from './input-trace.ts';

const partitions = 4;

/** Over real brokers and a real database, in topics and a schema of its own, which go with it. */
export class ServiceWay extends DistributedWay {
  readonly #remove: () => Promise<void>;

  private constructor(
    trace: InputTrace,
    deps: ConstructorParameters<typeof DistributedWay>[2],
    remove: () => Promise<void>,
  ) {
    super({ partitions }, trace, deps);
    this.#remove = remove;
  }

  static async open(brokers: readonly string[], trace: InputTrace, clock: ManualClock): Promise<ServiceWay> {
    const prefix = freshPrefix();
    const chains = trace.config.chains.map(({ chain }) => chain);
    await migrateKafka({ brokers, topicPrefix: prefix, partitions, chains }, kafkaDeps());
    const broker = new KafkaBroker({ brokers, prefix, partitions }, kafkaDeps());
    const postgres = await PostgresRig.start();
    // The machine's own clock, which the store goes by, knows no parts of a millisecond; the log's does.
    const whole = { now: () => Math.floor(clock.now()), monotonic: () => clock.monotonic() };
    const { mailbox, readModel } = await postgres.open(whole);
    const services = {
      broker,
      mailbox,
      readModel,
      statusCache: new MemoryStatusCache({ clock }),
      wakeUp: new MemoryWakeUp(),
    };
    return new ServiceWay(trace, { ...services, clock }, async () => {
      await broker.close();
      await postgres.dispose();
      await deleteTopics(brokers, prefix);
    });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#remove();
  }
}
