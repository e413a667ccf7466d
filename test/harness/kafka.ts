import { Admin } from '@platformatic/kafka';
import { kafkaProcesses, startBroker, stopBroker } from '../../scripts/services/kafka.mjs';
import type { KafkaBrokerDeps } from '../../src/adapters/kafka/kafka-broker.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { type RecordingLogger, recordingLogger, type RecordingMetrics, recordingMetrics } from './recording-ports.ts';

/** What a client of Kafka runs on: real time. */
export function kafkaDeps(): KafkaBrokerDeps & {
  readonly metrics: RecordingMetrics;
  readonly logger: RecordingLogger;
} {
  return {
    clock: createSystemClock(),
    scheduler: createTimerScheduler(),
    random: createSystemRandom(),
    metrics: recordingMetrics(),
    logger: recordingLogger(),
  };
}

/** Makes topics by the logs' names, with so many partitions, as an installation would have them. */
export async function freshTopics(
  brokers: readonly string[],
  prefix: string,
  topics: Readonly<Record<string, number>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...brokers] });
  try {
    for (const [log, partitions] of Object.entries(topics)) {
      await admin.createTopics({
        topics: [`${prefix}${log}`],
        partitions,
        replicas: 3,
        configs: [
          { name: 'max.message.bytes', value: String(2 ** 21) },
          { name: 'min.insync.replicas', value: '2' },
          ...Object.entries(settings).map(([name, setting]) => ({ name, value: setting })),
        ],
      });
    }
  } finally {
    await admin.close();
  }
}

/** Ends a broker of `npm run services`, so that a test that says so does not pass without it. */
export async function endBroker(broker: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (kafkaProcesses()[broker - 1]?.pid === null) throw new Error(`broker ${broker} is none of npm run services`);
  await stopBroker(broker, signal);
}

/** Starts those that were ended. */
export async function reviveBrokers(): Promise<void> {
  for (const [index, { pid }] of kafkaProcesses().entries()) if (pid === null) await startBroker(index + 1);
}
