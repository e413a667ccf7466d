import { expect, it } from 'vitest';
import { runKills } from '../../bench/kill/kill-run.ts';

const kills = 10;

it(`survives ${kills} kills under load: nothing lost, no gap, repeats byte-equal, acknowledged stays acknowledged (I01 to I05)`, async () => {
  const seed = Number(process.env.TXTRAIL_KILL_SEED ?? Date.now() % 2 ** 31);
  console.info(`kill run with seed ${seed}; the same choices again: TXTRAIL_KILL_SEED=${seed}`);
  const report = await runKills({ kills, seed });
  expect(report.problems).toEqual([]);
  expect(report.registered).toBeGreaterThan(kills);
  expect(report.events).toBeGreaterThan(report.registered);
});
