import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { findRedis, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { createSystemRandom } from '../node/system-random.ts';
import { createTimerScheduler } from '../node/timer-scheduler.ts';
import { RedisCluster } from './redis-cluster.ts';
import { RedisFailures } from './redis-failures.ts';
import { RedisWakeUp } from './redis-wake-up.ts';

const nodes = findRedis() ?? [];
const scope = { tenant: 'a', subscriber: 's' };

describe.skipIf(nodes.length === 0)('bells over sharded channels', () => {
  const timers = createTimerScheduler();
  /** A channel that nobody listens to is left in the next turn, and not half a minute later. */
  const scheduler = {
    ...timers,
    after: (delayMs: number, task: () => void) => timers.after(delayMs > 10_000 ? 0 : delayMs, task),
  };
  const keyPrefix = freshPrefix();
  const metrics = recordingMetrics();
  const urls = nodes.map((address) => `redis://${address}`);
  let cluster: RedisCluster;
  let wakeUp: RedisWakeUp;

  beforeAll(() => {
    cluster = new RedisCluster({ urls, timeoutMs: 1_000 }, { scheduler, logger: recordingLogger() });
    const failures = new RedisFailures(metrics);
    wakeUp = new RedisWakeUp({ keyPrefix }, { cluster, failures, scheduler, random: createSystemRandom() });
  });
  afterAll(async () => {
    await wakeUp.close();
    await cluster.close();
  });

  /** Watches until it was called once. */
  async function wokenBy(ring: () => void): Promise<void> {
    let calls = 0;
    const stop = wakeUp.watch(scope, () => {
      calls += 1;
    });
    await waitUntil(
      () => {
        ring();
        return calls > 0;
      },
      { what: 'the bell to be heard', everyMs: 5 },
    );
    stop();
  }

  test('leaving and coming back again and again, at any moment, loses no bell for good', async () => {
    for (let round = 0; round < 50; round += 1) {
      await wokenBy(() => wakeUp.ring([scope]));
      if (round % 3 === 0) await timers.sleep(round % 7);
    }
    expect(metrics.values.get('txtrail_redis_failures_total')).toBeUndefined();
  });

  test('what is no message of ours wakes everybody, and harms nobody', async () => {
    const channel = `${keyPrefix}{a}:bell`;
    for (const message of ['', 'null', '{', '7', '{"a":1}', '[1,null,{"a":2}]', '"s"']) {
      await wokenBy(() => void cluster.run(channel, ['SPUBLISH', channel, message]));
    }
  });
});
