import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { FollowerLoops } from './follower-loops.ts';
import { createKafkaMetrics } from './kafka-metrics.ts';
import { PartitionReader } from './partition-reader.ts';
import { Patience } from './patience.ts';

test('a broker that cannot be fetched from is told of once, and once more when it can', async () => {
  const deps = kafkaDeps();
  const answers = { isAway: true, count: 0 };
  const link = {
    fetchParts: async () => {
      answers.count += 1;
      await sleep(1);
      if (answers.isAway) throw new Error('a batch of it cannot be read');
      return { code: 0, sessionId: 0, parts: [] };
    },
  };
  const cluster = {
    leaderOf: () => 7,
    forgetLeader: () => undefined,
    refresh: async () => undefined,
    link: async () => ({ ...link, offset: async () => ({ code: 0, offset: 0 }), deleteBelow: async () => 0 }),
  };
  const patience = new Patience(1_000, deps);
  const loops = new FollowerLoops(
    { maxWaitMs: 1, partitionBytes: 1, answerBytes: 1 },
    {
      ...deps,
      cluster,
      reader: new PartitionReader({ readBytes: 1 }, { cluster, patience }),
      patience,
      metrics: createKafkaMetrics(deps.metrics),
    },
  );
  const place = { topic: 'facts', partition: 3 };
  loops.follow(
    place,
    0,
    () => undefined,
    () => undefined,
  );
  await waitUntil(() => answers.count > 5, { what: 'failures', everyMs: 2 });
  expect(deps.logger.lines).toMatchObject([
    {
      level: 'warn',
      facts: { nodeId: 7, partitions: 1, first: 'facts/3', error: { message: 'a batch of it cannot be read' } },
    },
  ]);
  answers.isAway = false;
  await waitUntil(() => deps.logger.lines.length > 1, { what: 'the word that it can', everyMs: 2 });
  expect(deps.logger.lines[1]).toMatchObject({ level: 'info', facts: { nodeId: 7 } });
  await loops.stop();
});
