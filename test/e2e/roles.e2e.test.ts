import { describe, expect, it } from 'vitest';
import { runRoleFaults } from '../../bench/kill/role-run.ts';
import { hasServices } from '../harness/distributed-tracker.ts';

describe.skipIf(!hasServices())('five processes over Kafka, Redis Cluster and PostgreSQL', () => {
  it('survive kill -9 of each role, of a broker, an emptied Redis and a restarted PostgreSQL: nothing lost, no gap, repeats byte-equal (I01 to I05, F22 to F25, F38, F39)', async () => {
    const seed = Number(process.env.TXTRAIL_KILL_SEED ?? Date.now() % 2 ** 31);
    console.info(`run with seed ${seed}; the same choices again: TXTRAIL_KILL_SEED=${seed}`);
    const load = { batch: 5, pauseMs: 100 };
    const report = await runRoleFaults({ rounds: 1, seed, node: 'anvil', load, longestLifeMs: 1_500 });
    expect(report.problems).toEqual([]);
    expect(report.strikes).toBe(8);
    expect(report.events).toBeGreaterThan(report.registered);
  });
});
