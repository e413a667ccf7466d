import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { liveReportSuite } from '../../../test/conformance/live-report.ts';
import { rateCounterSuite } from '../../../test/conformance/rate-counter.ts';
import { sessionListSuite } from '../../../test/conformance/session-list.ts';
import { statusCacheSuite } from '../../../test/conformance/status-cache.ts';
import { ticketStoreSuite } from '../../../test/conformance/ticket-store.ts';
import { wakeUpSuite } from '../../../test/conformance/wake-up.ts';
import { recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { findRedis, freshPrefix } from '../../../test/harness/services.ts';
import { createSystemRandom } from '../node/system-random.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { type OpenRedis, openRedis } from './open-redis.ts';

const nodes = findRedis() ?? [];

/** Two processes' connections to the same entries. */
function open(): {
  readonly one: OpenRedis;
  readonly other: OpenRedis;
  pass(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
} {
  const options = { nodes: nodes.map((address) => `redis://${address}`), keyPrefix: freshPrefix() };
  const [one, other] = [0, 1].map(() =>
    openRedis(options, {
      scheduler: createTimerScheduler(),
      random: createSystemRandom(),
      logger: recordingLogger(),
      metrics: recordingMetrics(),
    }),
  ) as [OpenRedis, OpenRedis];
  return {
    one,
    other,
    // The server's clock is not the timers' one.
    pass: (durationMs) => sleep(durationMs + 20),
    dispose: async () => {
      await one.close();
      await other.close();
    },
  };
}

describe.skipIf(nodes.length === 0)('over a real cluster', () => {
  statusCacheSuite('redis', async () => {
    const { one, other, ...rest } = open();
    return { cache: one.statusCache, otherNode: other.statusCache, ...rest };
  });
  liveReportSuite('redis', async () => {
    const { one, other, ...rest } = open();
    return { report: one.liveReport, otherNode: other.liveReport, ...rest };
  });
  rateCounterSuite('redis', async () => {
    const { one, other, ...rest } = open();
    return { counter: one.rateCounter, otherNode: other.rateCounter, ...rest };
  });
  ticketStoreSuite('redis', async () => {
    const { one, other, ...rest } = open();
    return { store: one.ticketStore, otherNode: other.ticketStore, ...rest };
  });
  sessionListSuite('redis', async () => {
    const { one, other, ...rest } = open();
    return { sessions: one.sessionList, otherNode: other.sessionList, ...rest };
  });
  wakeUpSuite('redis', async () => {
    const { one, other, ...rest } = open();
    return { wakeUp: one.wakeUp, otherNode: other.wakeUp, ...rest };
  });
});
